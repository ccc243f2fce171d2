/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A site for the tests of acts: a real store in its own directory, users, tokens, codes, calls as otpd makes them. */
#ifndef ACT_FRAME_H
#define ACT_FRAME_H

#include "unit.h"

#include "act.h"
#include "act_state.h"
#include "keyring.h"
#include "record.h"

#define FRAME_START_MS INT64_C(1800000000000)	/* a full minute */
#define FRAME_STEP 60
#define FRAME_PASSWORD "correct horse battery"
#define FRAME_PHC "$frame$right"
#define FRAME_EVENTS 64

enum frame_confirm { FRAME_NO_PASSWORD, FRAME_RIGHT, FRAME_WRONG, FRAME_WORD, FRAME_WRONG_WORD };

/* One at a time; made and removed by setup and teardown. */
struct frame {
	char dir[64];
	struct otp_keyring *ring;
	struct otp_store *store;
	struct otp_conf conf;
	struct otp_act_state *state;
	int64_t now_ms;
	/* of the next call; all but the answer is forgotten after it */
	struct otp_caller caller;
	struct otp_request request;
	enum frame_confirm confirm;
	bool shown_before;
	uint64_t shown_epoch;		/* of shown_before; kept */
	bool second_before;
	const char *new_confirm;
	enum frame_confirm second;	/* of SECOND, where the request has it */
	const char *word;	/* of FRAME_WORD; kept; NULL: one of no shape */
	/* of the last */
	struct otp_act_question question;
	struct otp_answer answer;
	enum otp_verdict verdict;
	bool is_committed;
	struct otp_event event[FRAME_EVENTS];	/* all since frame_forget_events */
	unsigned n_events;
	unsigned n_sent;			/* answers sent before the last */
	size_t n_sent_rows;
};

int frame_setup(void **state);
int frame_teardown(void **state);
/* Its store closed and opened again: what was not durable is gone. */
void frame_reopen(struct frame *f);
void frame_open_store(struct frame *f);	/* where a test has closed it */
void frame_forget_events(struct frame *f);
const struct otp_event *frame_last_event(const struct frame *f);

/* ---- records, put there without any act ---- */
void frame_add_user(struct frame *f, const char *name, enum otp_role role);	/* registration open, login in force, password FRAME_PHC */
void frame_add_token(struct frame *f, const char *serial);			/* TOTP, 6 digits, clock right to 2 s, in stock */
void frame_bind(struct frame *f, const char *name, const char *serial);		/* registered, token active */
void frame_assign(struct frame *f, const char *name, const char *serial);	/* pre-assigned */
void frame_get_user(struct frame *f, const char *name, struct otp_user *ret);
void frame_put_user(struct frame *f, const struct otp_user *user);
void frame_get_token(struct frame *f, const char *serial, struct otp_token *ret);
void frame_put_token(struct frame *f, const struct otp_token *token);
/* Counters of a sharer without copying tokens about. */
struct otp_sharer frame_sharer(struct frame *f, const char *name, const char *serial);
enum otp_token_state frame_state(struct frame *f, const char *serial);

/* ---- calls ---- */
void frame_root(struct frame *f);			/* the next caller: root without --as */
void frame_trusted(struct frame *f);			/* a trusted peer */
void frame_as(struct frame *f, const char *name);	/* an ordinary uid of that name */
void frame_text(struct frame *f, enum otp_field field, const char *text);
void frame_flag(struct frame *f, enum otp_field field, bool value);
struct otp_fields *frame_row(struct frame *f);
/* The code that the token shows now, or `later` steps from now; valid until the next. */
const char *frame_code(struct frame *f, const char *serial, int later);
/* Six digits that are none of the codes anywhere near now. */
const char *frame_wrong_code(struct frame *f, const char *serial);
enum otp_err frame_run(struct frame *f, enum otp_verb verb, otp_act act);
void frame_pass(struct frame *f, int64_t seconds);

/* What most tests do: a service verifies a code of a user. */
enum otp_err frame_verify(struct frame *f, const char *name, const char *code);
/* The same over the socket, by the user himself. */
enum otp_err frame_verify_self(struct frame *f, const char *name, const char *code);

/* An administrator's CK verb on a user, the simplest there is: opens a registration. code NULL: none. */
enum otp_err frame_open(struct frame *f, const char *operator_name, const char *user, const char *code,
    enum frame_confirm confirm);
/* Lifts a suspension. */
enum otp_err frame_unlock(struct frame *f, const char *operator_name, const char *user,
    enum frame_confirm confirm);
/* root sets right what a clock that was ahead has left. */
enum otp_err frame_recover_clock(struct frame *f);
/* master, registered with a token of his own. */
#define STAFF_TOKEN "9000001"
void frame_staff(struct frame *f);

/* ---- the usual case: alice and bob share a token ---- */
#define TOKEN "1000001"
void frame_two(struct frame *f);
void frame_verify_wrong(struct frame *f, const char *name, unsigned n);
/* With the code of the next step; the time moves on. */
void frame_verify_right(struct frame *f, const char *name);

#endif
