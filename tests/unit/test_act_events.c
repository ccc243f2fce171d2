/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whatever changes something leaves its event, done or refused: for every verb of the table. */
#include "config.h"

#include "act_frame.h"

#define V(number, id, name, roles, shows, flags, act, help, ...) enum otp_err act(struct otp_call *call);
#include "verbs.def"
#undef V

static const otp_act acts[OTP_VERB_LIMIT] = {
#define V(number, id, name, roles, shows, flags, act, help, ...) [number] = (act),
#include "verbs.def"
#undef V
};

/* Something of the right type in each field that the verb demands. */
static void
fill(struct frame *f, const struct otp_verb_info *verb)
{
	for (size_t i = 0; i < verb->n_fields; i++) {
		const enum otp_field field = verb->fields[i].field;

		if (verb->fields[i].place != OTP_FIELD_REQUIRED || field == OTP_FIELD_NEW_CONFIRM)
			continue;
		switch (otp_field_type(field)) {
		case OTP_TYPE_STR:
		case OTP_TYPE_WORD:
		case OTP_TYPE_LIST:
			frame_text(f, field, field == OTP_FIELD_SERIAL ? TOKEN : "bob");
			break;
		case OTP_TYPE_SECRET:
			frame_text(f, field, "000000");
			break;
		case OTP_TYPE_INT:
		case OTP_TYPE_TIME:
			assert_int_equal(otp_fields_put_int(&f->request.fields, field, 1), OTP_OK);
			break;
		case OTP_TYPE_BOOL:
			frame_flag(f, field, true);
			break;
		case OTP_TYPE_BYTES:
		case OTP_TYPE_FIELDS:
			break;
		}
	}
}

/* Says which verb it was, before it fails. The audit may know better why than who asked was told. */
static void
check(const struct frame *f, const struct otp_verb_info *verb, const char *who, enum otp_err err)
{
	const struct otp_event *event = f->n_events > 0 ? frame_last_event(f) : NULL;

	if (event == NULL || event->verb != verb->verb || (event->result == OTP_OK) != (err == OTP_OK))
		print_error("'%s' by %s: %s, and %s in the audit\n", verb->name, who, otp_err_code(err),
		    event == NULL ? "nothing" : otp_err_code(event->result));
	assert_non_null(event);
	assert_int_equal(event->verb, verb->verb);
	assert_int_equal(event->result == OTP_OK, err == OTP_OK);
}

static void
try(struct frame *f, const struct otp_verb_info *verb, const char *who)
{
	enum otp_err err;

	/* no flood: that is another test's */
	frame_pass(f, 120);
	frame_forget_events(f);
	if (strcmp(who, "root") == 0)
		frame_root(f);
	else
		frame_as(f, who);
	fill(f, verb);
	err = frame_run(f, verb->verb, acts[verb->verb]);
	check(f, verb, who, err);
}

/* An act that says "done" and has not. */
static enum otp_err
idle(struct otp_call *call)
{
	(void)call;
	return OTP_OK;
}

static void
every_verb(void **state)
{
	struct frame *f = *state;
	const struct otp_verb_info *verb;
	unsigned n = 0;

	frame_two(f);
	frame_staff(f);
	for (size_t i = 0; (verb = otp_verb_at(i)) != NULL; i++) {
		if ((verb->flags & OTP_FLAG_CHANGES) == 0 || (verb->flags & OTP_FLAG_NO_STORE) != 0)
			continue;
		/* a general user, a master who has shown nothing, root, and who is nobody here */
		try(f, verb, "alice");
		try(f, verb, "master");
		try(f, verb, "root");
		try(f, verb, "stranger");
		n++;
	}
	assert_true(n >= 8);
}

/* Success is no success without an event, whatever the act says. */
static void
done_without(void **state)
{
	struct frame *f = *state;
	const struct otp_verb_info *verb;

	frame_two(f);
	frame_staff(f);
	for (size_t i = 0; (verb = otp_verb_at(i)) != NULL; i++) {
		if ((verb->flags & OTP_FLAG_CHANGES) == 0 || (verb->flags & OTP_FLAG_NO_STORE) != 0 ||
		    verb->shows != OTP_SHOWS_NONE || (verb->roles & OTP_ROLE_BIT_ROOT) == 0)
			continue;
		frame_pass(f, 120);
		frame_forget_events(f);
		frame_root(f);
		assert_int_equal(frame_run(f, verb->verb, idle), OTP_ERR_INTERNAL);
		check(f, verb, "root", OTP_ERR_INTERNAL);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = { T(every_verb), T(done_without) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
