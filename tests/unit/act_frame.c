/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A site for the tests of acts. */
#include "config.h"

#include "act_frame.h"

#include "act_people.h"
#include "act_recover.h"
#include "act_unlock.h"
#include "act_verify.h"

static char *
path(const struct frame *f, const char *name, char buf[128])
{
	(void)snprintf(buf, 128, "%s/%s", f->dir, name);
	return buf;
}

static struct otp_store_params
params(const struct frame *f, char dir[128], char state_dir[128])
{
	return (struct otp_store_params){
		.dir = path(f, "store", dir),
		.state_dir = path(f, "state", state_dir),
		.owner = geteuid(),
		.ring = f->ring,
		.segment_size = 4 << 20,
		.audit_keep = 86400,
		.audit_max = 1 << 30,
		.now_ms = f->now_ms,
	};
}

void
frame_open_store(struct frame *f)
{
	char dir[128], state_dir[128];
	struct otp_store_params p = params(f, dir, state_dir);
	struct otp_why why = OTP_WHY_INIT;

	assert_int_equal(otp_store_open(&p, &f->store, &why), OTP_OK);
}

static void
put_company(struct frame *f)
{
	struct otp_company company = OTP_COMPANY_INIT;
	struct otp_bytes value = OTP_BYTES_INIT;

	company.created_at = f->now_ms / 1000;
	assert_int_equal(otp_company_encode(&company, &value), OTP_OK);
	assert_int_equal(otp_store_put(f->store, OTP_KIND_COMPANY, OTP_COMPANY_NAME, &value), OTP_OK);
	otp_bytes_clear(&value);
}

static void
commit(struct frame *f)
{
	struct otp_event event = OTP_EVENT_INIT;
	uint64_t seq;

	event.time_ms = f->now_ms;
	assert_int_equal(otp_store_commit(f->store, &event, OTP_COMMIT_ADMINISTRATION, false, &seq),
	    OTP_OK);
}

int
frame_setup(void **state)
{
	struct otp_store_site site = { .n_shards = 1, .zone = "UTC", .currency = "JPY" };
	char dir[128], state_dir[128], keys[128];
	struct otp_why why = OTP_WHY_INIT;
	struct frame *f = calloc(1, sizeof(*f));
	const char *tmp = getenv("TMPDIR");
	struct otp_store_params p;
	uint32_t id;

	assert_non_null(f);
	(void)snprintf(f->dir, sizeof(f->dir), "%s/otp-act-XXXXXX", tmp != NULL ? tmp : "/tmp");
	assert_non_null(mkdtemp(f->dir));
	f->now_ms = FRAME_START_MS;
	assert_int_equal(mkdir(path(f, "keys", keys), 0700), 0);
	assert_int_equal(mkdir(path(f, "state", state_dir), 0700), 0);
	assert_int_equal(otp_keyring_create(keys, geteuid(), &id, &why), OTP_OK);
	assert_int_equal(otp_keyring_load(keys, geteuid(), &f->ring, &why), OTP_OK);
	assert_int_equal(otp_act_state_new(&f->state), OTP_OK);
	otp_conf_default(&f->conf);
	p = params(f, dir, state_dir);
	assert_int_equal(otp_store_init(&p, &site, &why), OTP_OK);
	frame_open_store(f);
	put_company(f);
	commit(f);
	*state = f;
	return 0;
}

static void
clear_call(struct frame *f)
{
	otp_request_clear(&f->request);
	f->caller = (struct otp_caller){ 0 };
	f->confirm = FRAME_NO_PASSWORD;
	f->shown_epoch = f->shown_epoch > 0 ? f->shown_epoch : 1;
	f->shown_before = f->second_before = false;
	f->new_confirm = NULL;
	f->second = FRAME_NO_PASSWORD;
}

void
frame_forget_events(struct frame *f)
{
	for (unsigned i = 0; i < f->n_events; i++)
		otp_event_clear(&f->event[i]);
	f->n_events = 0;
}

int
frame_teardown(void **state)
{
	struct frame *f = *state;

	if (f == NULL)
		return 0;
	clear_call(f);
	frame_forget_events(f);
	otp_answer_clear(&f->answer);
	otp_act_state_free(&f->state);
	if (f->store != NULL)
		(void)otp_store_close(&f->store, f->now_ms);
	otp_keyring_free(&f->ring);
	(void)nftw(f->dir, unit_remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(f);
	return 0;
}

void
frame_reopen(struct frame *f)
{
	assert_int_equal(otp_store_close(&f->store, f->now_ms), OTP_OK);
	frame_open_store(f);
}

const struct otp_event *
frame_last_event(const struct frame *f)
{
	assert_true(f->n_events > 0);
	return &f->event[f->n_events - 1];
}

/* ---- records ---- */

static void
get(struct frame *f, enum otp_kind kind, const char *name, struct otp_bytes *ret)
{
	assert_int_equal(otp_store_get(f->store, kind, name, ret), OTP_OK);
}

void
frame_get_user(struct frame *f, const char *name, struct otp_user *ret)
{
	struct otp_bytes value = OTP_BYTES_INIT;

	get(f, OTP_KIND_USER, name, &value);
	assert_int_equal(otp_user_decode(value.data, value.len, ret), OTP_OK);
	otp_bytes_clear(&value);
}

void
frame_put_user(struct frame *f, const struct otp_user *user)
{
	struct otp_bytes value = OTP_BYTES_INIT;

	assert_int_equal(otp_user_encode(user, &value), OTP_OK);
	assert_int_equal(otp_store_put(f->store, OTP_KIND_USER, user->name, &value), OTP_OK);
	otp_bytes_clear(&value);
	commit(f);
}

void
frame_get_token(struct frame *f, const char *serial, struct otp_token *ret)
{
	struct otp_bytes value = OTP_BYTES_INIT;

	get(f, OTP_KIND_TOKEN, serial, &value);
	assert_int_equal(otp_token_decode(value.data, value.len, ret), OTP_OK);
	otp_bytes_clear(&value);
}

void
frame_put_token(struct frame *f, const struct otp_token *token)
{
	struct otp_bytes value = OTP_BYTES_INIT;

	assert_int_equal(otp_token_encode(token, &value), OTP_OK);
	assert_int_equal(otp_store_put(f->store, OTP_KIND_TOKEN, token->serial, &value), OTP_OK);
	otp_bytes_clear(&value);
	commit(f);
}

void
frame_add_user(struct frame *f, const char *name, enum otp_role role)
{
	struct otp_company company = OTP_COMPANY_INIT;
	struct otp_bytes value = OTP_BYTES_INIT;
	struct otp_user user = OTP_USER_INIT;
	int64_t now = f->now_ms / 1000;

	get(f, OTP_KIND_COMPANY, OTP_COMPANY_NAME, &value);
	assert_int_equal(otp_company_decode(value.data, value.len, &company), OTP_OK);
	user.id = company.next_user_id++;
	(void)snprintf(user.name, sizeof(user.name), "%s", name);
	user.role = role;
	user.enabled = true;
	user.created_at = now;
	user.epoch = 1;
	user.granted.rights = user.adopted.rights = OTP_RIGHT_LOGIN;
	user.adopted_at = now;
	user.register_from = now;
	user.register_until = now + 30 * 86400;
	(void)snprintf(user.confirm, sizeof(user.confirm), "%s", FRAME_PHC);
	if (role != OTP_ROLE_GENERAL)
		assert_int_equal(otp_company_staff_set(&company, user.id, name, role), OTP_OK);
	assert_int_equal(otp_company_encode(&company, &value), OTP_OK);
	assert_int_equal(otp_store_put(f->store, OTP_KIND_COMPANY, OTP_COMPANY_NAME, &value), OTP_OK);
	otp_bytes_clear(&value);
	otp_company_clear(&company);
	frame_put_user(f, &user);
}

/* A seed of its own for each serial. */
static void
seed_of(const char *serial, uint8_t seed[20])
{
	uint8_t hash[32];

	assert_int_equal(otp_crypto_sha256(serial, strlen(serial), hash), OTP_OK);
	memcpy(seed, hash, 20);
}

void
frame_add_token(struct frame *f, const char *serial)
{
	struct otp_token token = OTP_TOKEN_INIT;
	uint8_t seed[20];

	seed_of(serial, seed);
	(void)snprintf(token.serial, sizeof(token.serial), "%s", serial);
	token.digits = 6;
	token.step = FRAME_STEP;
	token.state = OTP_TOKEN_STOCK;
	assert_int_equal(otp_bytes_set(&token.seed, seed, sizeof(seed)), OTP_OK);
	assert_int_equal(otp_seal_fingerprint(otp_store_seal(f->store), seed, sizeof(seed),
	    token.fingerprint), OTP_OK);
	otp_window_init(&token.window, f->now_ms, f->now_ms);
	token.imported_at = f->now_ms / 1000;
	frame_put_token(f, &token);
	otp_token_clear(&token);
}

static void
give(struct frame *f, const char *name, const char *serial, bool is_bound)
{
	struct otp_token token = OTP_TOKEN_INIT;
	struct otp_user user = OTP_USER_INIT;
	struct otp_sharer *sharer;

	frame_get_user(f, name, &user);
	frame_get_token(f, serial, &token);
	assert_int_equal(otp_token_sharer_add(&token, user.id, user.name, &sharer), OTP_OK);
	sharer->is_bound = is_bound;
	if (is_bound) {
		sharer->bound_at = f->now_ms / 1000;
		if (token.state == OTP_TOKEN_STOCK)
			token.state = OTP_TOKEN_ACTIVE;
		user.register_from = user.register_until = 0;
	}
	user.is_bound = user.was_bound = is_bound;
	(void)snprintf(user.serial, sizeof(user.serial), "%s", serial);
	frame_put_token(f, &token);
	frame_put_user(f, &user);
	otp_token_clear(&token);
}

void
frame_bind(struct frame *f, const char *name, const char *serial)
{
	give(f, name, serial, true);
}

void
frame_assign(struct frame *f, const char *name, const char *serial)
{
	give(f, name, serial, false);
}

struct otp_sharer
frame_sharer(struct frame *f, const char *name, const char *serial)
{
	struct otp_token token = OTP_TOKEN_INIT;
	struct otp_sharer found = { 0 };
	bool is_found = false;

	frame_get_token(f, serial, &token);
	for (uint32_t i = 0; i < token.n_sharers; i++)
		if (strcmp(token.sharers[i].user, name) == 0) {
			found = token.sharers[i];
			is_found = true;
		}
	otp_token_clear(&token);
	assert_true(is_found);
	return found;
}

enum otp_token_state
frame_state(struct frame *f, const char *serial)
{
	struct otp_token token = OTP_TOKEN_INIT;
	enum otp_token_state state;

	frame_get_token(f, serial, &token);
	state = token.state;
	otp_token_clear(&token);
	return state;
}

/* ---- calls ---- */

void
frame_root(struct frame *f)
{
	f->caller = (struct otp_caller){ .uid = 0, .is_root = true, .is_privileged = true };
}

void
frame_trusted(struct frame *f)
{
	f->caller = (struct otp_caller){ .uid = 33, .is_trusted = true, .name = "www-data" };
}

void
frame_as(struct frame *f, const char *name)
{
	uid_t uid = 1000;

	for (const char *p = name; *p != '\0'; p++)
		uid = uid * 31 % 65521 + (unsigned char)*p;
	f->caller = (struct otp_caller){ .uid = 1000 + uid };
	(void)snprintf(f->caller.name, sizeof(f->caller.name), "%s", name);
}

void
frame_text(struct frame *f, enum otp_field field, const char *text)
{
	assert_int_equal(otp_fields_put_str(&f->request.fields, field, text), OTP_OK);
}

void
frame_flag(struct frame *f, enum otp_field field, bool value)
{
	assert_int_equal(otp_fields_put_bool(&f->request.fields, field, value), OTP_OK);
}

struct otp_fields *
frame_row(struct frame *f)
{
	struct otp_fields *row;

	assert_int_equal(otp_rows_add(&f->request.rows, &row), OTP_OK);
	return row;
}

static uint32_t
value_at(struct frame *f, const struct otp_token *token, int later)
{
	uint64_t step = otp_totp_step(f->now_ms, FRAME_STEP) + (uint64_t)(int64_t)later;
	uint32_t value;

	if (token->type == OTP_TOKEN_HOTP)
		step = token->last_used + 1 + (uint64_t)(int64_t)later;
	assert_int_equal(otp_hotp(token->hash, token->seed.data, token->seed.len, step, token->digits,
	    &value), OTP_OK);
	return value;
}

const char *
frame_code(struct frame *f, const char *serial, int later)
{
	static char text[4][16];
	static unsigned next;
	struct otp_token token = OTP_TOKEN_INIT;
	char *buf = text[next++ % 4];

	frame_get_token(f, serial, &token);
	otp_hotp_text(buf, value_at(f, &token, later), token.digits);
	otp_token_clear(&token);
	return buf;
}

const char *
frame_wrong_code(struct frame *f, const char *serial)
{
	static char text[16];
	struct otp_token token = OTP_TOKEN_INIT;
	bool is_taken = true;

	frame_get_token(f, serial, &token);
	for (uint32_t value = 123456; is_taken; value++) {
		is_taken = false;
		for (int later = -150; later <= 150; later++)
			is_taken = is_taken || value_at(f, &token, later) == value;
		otp_hotp_text(text, value, token.digits);
	}
	otp_token_clear(&token);
	return text;
}

static void
note_event(void *ctx, const struct otp_event *event, uint64_t seq)
{
	struct frame *f = ctx;
	struct otp_event *copy = &f->event[f->n_events];

	(void)seq;
	assert_true(f->n_events < FRAME_EVENTS);
	f->n_events++;
	*copy = *event;
	copy->details = (struct otp_fields)OTP_FIELDS_INIT;
	assert_int_equal(otp_fields_copy(&copy->details, &event->details), OTP_OK);
}

static enum otp_err
send_rows(void *ctx, struct otp_answer *answer)
{
	struct frame *f = ctx;
	struct otp_bytes packet = OTP_BYTES_INIT;

	f->n_sent++;
	f->n_sent_rows += answer->rows.n;
	assert_int_equal(otp_wire_encode_answer(answer, &packet), OTP_OK);
	otp_bytes_clear(&packet);
	return OTP_OK;
}

static void
give_proofs(struct frame *f, struct otp_proofs *proofs)
{
	*proofs = (struct otp_proofs){ .shown_before = f->shown_before,
		.shown_epoch = f->shown_epoch, .second_before = f->second_before };
	if (f->new_confirm != NULL) {
		frame_text(f, OTP_FIELD_NEW_CONFIRM, f->new_confirm);
		(void)snprintf(proofs->new_confirm, sizeof(proofs->new_confirm), "$new$%zu",
		    strlen(f->new_confirm));
	}
	if (f->second != FRAME_NO_PASSWORD) {
		proofs->second_given = true;
		proofs->second_right = f->second == FRAME_RIGHT;
		frame_text(f, OTP_FIELD_SECOND_CONFIRM, f->second == FRAME_RIGHT ? FRAME_PASSWORD : "another one");
	}
	if (f->confirm == FRAME_NO_PASSWORD)
		return;
	proofs->confirm_given = true;
	proofs->confirm_right = f->confirm == FRAME_RIGHT || f->confirm == FRAME_WORD;
	proofs->word_right = f->confirm == FRAME_WORD;
	frame_text(f, OTP_FIELD_CONFIRM, f->confirm == FRAME_RIGHT ? FRAME_PASSWORD :
	    f->confirm == FRAME_WORD && f->word != NULL ? f->word : "another one");
}

enum otp_err
frame_run(struct frame *f, enum otp_verb verb, otp_act act)
{
	struct otp_proofs proofs;
	struct otp_call call = {
		.store = f->store, .conf = &f->conf, .ring = f->ring, .caller = &f->caller,
		.verb = otp_verb_info(verb), .request = &f->request, .proofs = &proofs,
		.now_ms = f->now_ms, .answer = &f->answer, .committed = note_event,
		.committed_ctx = f, .state = f->state, .send_rows = send_rows, .send_rows_ctx = f,
	};
	enum otp_err err;

	otp_answer_clear(&f->answer);
	f->n_sent = 0;
	f->n_sent_rows = 0;
	f->request.verb = verb;
	give_proofs(f, &proofs);
	/* as otpd: what the question decides is decided */
	err = otp_act_question(&call, &f->question);
	if (err != OTP_OK)
		err = otp_act_deny(&call, err);
	else
		err = otp_act_run(&call, act);
	assert_int_equal(otp_store_flush(f->store), OTP_OK);
	f->verdict = call.verdict;
	f->is_committed = call.is_committed;
	clear_call(f);
	return err;
}

void
frame_pass(struct frame *f, int64_t seconds)
{
	f->now_ms += seconds * 1000;
}

enum otp_err
frame_verify(struct frame *f, const char *name, const char *code)
{
	frame_root(f);
	frame_text(f, OTP_FIELD_USER, name);
	frame_text(f, OTP_FIELD_CODE, code);
	frame_text(f, OTP_FIELD_SERVICE, "sshd");
	return frame_run(f, OTP_VERB_VERIFY, otp_act_verify);
}

enum otp_err
frame_verify_self(struct frame *f, const char *name, const char *code)
{
	frame_as(f, name);
	frame_text(f, OTP_FIELD_CODE, code);
	return frame_run(f, OTP_VERB_VERIFY, otp_act_verify);
}

void
frame_two(struct frame *f)
{
	frame_add_user(f, "alice", OTP_ROLE_GENERAL);
	frame_add_user(f, "bob", OTP_ROLE_GENERAL);
	frame_add_token(f, TOKEN);
	frame_bind(f, "alice", TOKEN);
	frame_bind(f, "bob", TOKEN);
	frame_forget_events(f);
}

void
frame_verify_wrong(struct frame *f, const char *name, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(frame_verify(f, name, frame_wrong_code(f, TOKEN)), OTP_ERR_AUTH_FAILED);
}

void
frame_verify_right(struct frame *f, const char *name)
{
	frame_pass(f, FRAME_STEP);
	assert_int_equal(frame_verify(f, name, frame_code(f, TOKEN, 0)), OTP_OK);
	assert_int_equal(f->verdict, OTP_VERDICT_ALLOW);
}

enum otp_err
frame_open(struct frame *f, const char *operator_name, const char *user, const char *code,
    enum frame_confirm confirm)
{
	frame_as(f, operator_name);
	frame_text(f, OTP_FIELD_USER, user);
	if (code != NULL)
		frame_text(f, OTP_FIELD_CODE, code);
	f->confirm = confirm;
	return frame_run(f, OTP_VERB_USER_OPEN, otp_act_user_open);
}

enum otp_err
frame_unlock(struct frame *f, const char *operator_name, const char *user,
    enum frame_confirm confirm)
{
	frame_as(f, operator_name);
	frame_text(f, OTP_FIELD_USER, user);
	f->confirm = confirm;
	return frame_run(f, OTP_VERB_UNLOCK, otp_act_unlock);
}

enum otp_err
frame_recover_clock(struct frame *f)
{
	frame_root(f);
	frame_text(f, OTP_FIELD_REASON, "ntp was wrong");
	return frame_run(f, OTP_VERB_RECOVER_CLOCK, otp_act_recover_clock);
}

void
frame_staff(struct frame *f)
{
	frame_add_user(f, "master", OTP_ROLE_MASTER);
	frame_add_token(f, STAFF_TOKEN);
	frame_bind(f, "master", STAFF_TOKEN);
}
