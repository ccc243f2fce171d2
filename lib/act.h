/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an act is given, what all acts share: the operator, his proofs, the code's judgement, the commit. */
#ifndef OTP_ACT_H
#define OTP_ACT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "account.h"
#include "company.h"
#include "conf.h"
#include "event.h"
#include "store.h"
#include "token.h"
#include "user.h"
#include "wire.h"

/* Who is calling, as the kernel says, and as whom. */
struct otp_caller {
	uid_t uid;			/* SO_PEERCRED */
	bool is_root;			/* uid 0 or the store's owner, without --as */
	bool is_privileged;		/* uid 0 or the store's owner, even with --as */
	bool is_trusted;		/* in trusted_peers */
	bool may_execute;
	char name[OTP_NAME_MAX + 1];	/* the operator's user name: pw_name of uid, or --as; "" if the uid has none */
	char login[OTP_NAME_MAX + 1];	/* the login user behind a root peer, "" */
};

struct otp_act_state;

/* A code that was used up: which token's, which step or counter. */
struct otp_used_code {
	char serial[OTP_SERIAL_MAX + 1];
	uint64_t step;
};
#define OTP_ACT_BEHIND_ALLOWED 60	/* seconds by which the clock may be behind the newest time seen */
#define OTP_USED_CODES_MAX 6	/* two in a row: of the operator, of a second administrator, of a resync */

/* What the hashers found out before the act runs. */
struct otp_proofs {
	bool confirm_given;		/* a password came with the request */
	bool confirm_right;		/* ... and it is the operator's (or his word, where allowed) */
	bool word_right;		/* it was his single-use word */
	char new_confirm[OTP_PHC_MAX];	/* PHC of NEW_CONFIRM, "": none */
	bool second_given, second_right; /* the same of SECOND, the second administrator */
	bool shown_before;		/* BATCH: the same verb was shown on this connection already ... */
	uint64_t shown_epoch;		/* ... in this epoch of the operator ... */
	bool second_before;		/* ... and by a second administrator, too */
};

/* The verdict on a code: zero denies. ALLOW is written in one line of the program, in act_verify.c. */
enum otp_verdict { OTP_VERDICT_DENY = 0, OTP_VERDICT_ALLOW = 0x5a };

struct otp_call {
	struct otp_store *store;	/* NULL: there is none (init) */
	const struct otp_conf *conf;
	const struct otp_keyring *ring;
	const struct otp_caller *caller;
	const struct otp_verb_info *verb;
	const struct otp_request *request;
	const struct otp_proofs *proofs;
	int64_t now_ms;
	struct otp_answer *answer;	/* err stays OTP_OK here: the act's return value is the result */
	/* filled by otp_act_run before the act: */
	struct otp_user operator_user;	/* the operator's record; id 0: not a user of ours (root) */
	struct otp_user second_user;	/* administration = dual: who has shown as well; id 0: nobody */
	uint64_t operator_epoch;	/* after otp_act_run: of whom it was run for ... */
	bool second_shown;		/* ... and whether a second administrator stood behind it */
	enum otp_verdict verdict;	/* of the code that was asked for in this call */
	bool is_committed;		/* an event of this call was committed */
	/* only for otp_act_init, by otpd: */
	enum otp_err (*make_store)(void *ctx, struct otp_store_site *site, struct otp_store **ret, struct otp_why *why);
	void *make_store_ctx;
	/* only for otp_act_recover_mark, by otpd: opens the store that was refused for its mark */
	enum otp_err (*open_unmarked)(void *ctx, struct otp_store **ret, struct otp_why *why);
	void *open_unmarked_ctx;
	const struct otp_why *refused;	/* with it: why the store was */
	/* LONG acts: send the rows gathered so far; NULL: all stay in the answer. */
	enum otp_err (*send_rows)(void *ctx, struct otp_answer *answer);
	void *send_rows_ctx;
	/* Every event that the store took, right after its commit (denials too); otpd logs them after the flush. NULL: nobody asks. */
	void (*committed)(void *ctx, const struct otp_event *event, uint64_t seq);
	void *committed_ctx;
	/* What is remembered from call to call (act_state.h), owned by the caller; NULL: nothing is. */
	struct otp_act_state *state;

	/* the acts' own, from otp_act_run: */
	struct otp_event event;		/* being made: its object and details are the act's to fill */
	int64_t object_id;		/* the transfer that a refusal is about, 0: none */
	bool is_stranger;		/* event.user is a name that nobody here has */
	bool is_question;		/* a refusal is only an answer: nothing for the audit */
	unsigned n_used;		/* codes that the next commit uses up ... */
	struct otp_used_code used[OTP_USED_CODES_MAX];	/* ... which its event tells, whatever else it is about */
	unsigned n_saved;		/* records that the act has changed */
	size_t n_row_bytes;
};

/* An act: load, guard, change, commit. Reasons go into call->answer->why. May be run again from its start. */
typedef enum otp_err (*otp_act)(struct otp_call *call);

/*
 * What must be hashed before this request can be decided. Reads only. THROTTLED and
 * NOT_PERMITTED are decided here already and end the request (after otp_act_deny).
 * A request that needs no hash gets needs_check = needs_make = false.
 */
struct otp_act_question {
	bool needs_check;
	char phc[OTP_PHC_MAX];		/* the operator's, "": dummy work */
	char word[OTP_PHC_MAX];		/* his unused word's hash where it may be used, "": none */
	uint64_t user_id;		/* for the word's hash */
	bool needs_make;		/* a PHC for NEW_CONFIRM */
	bool needs_second;
	char second[OTP_PHC_MAX];	/* the second administrator's, "": dummy work */
};
enum otp_err otp_act_question(struct otp_call *call, struct otp_act_question *ret);

/*
 * The whole act: role, clock rule, C (counts a wrong one), token's state, code
 * (counts or uses it up), then `act`, then the event of a denial if it refused. The
 * order is domain.md's: nobody learns what comes behind a thing he has not
 * shown. After a refusal by a guard behind a right code, the code is used up.
 * With dry_run nothing is evaluated but the role and the act's own guards, and nothing committed.
 */
enum otp_err otp_act_run(struct otp_call *call, otp_act act);
/*
 * Commits the event of a refusal decided outside an act (throttled, not
 * permitted, bad fields), folding floods: beyond OTP_FLOOD_FREE of one user, service and minute
 * they are counted and become one event later (otp_act_tick). Drops what was staged. Returns err.
 */
enum otp_err otp_act_deny(struct otp_call *call, enum otp_err err);
/*
 * Commits the counts of floods whose minute is over (is_last: of all). For
 * otpd, now and then and before it closes the store; uses store, state, now_ms
 * and committed of the call.
 */
void otp_act_tick(struct otp_call *call, bool is_last);
/* What the hashers key passwords and words with. */
enum otp_err otp_act_pepper(const struct otp_keyring *ring, uint8_t ret[OTP_KEY_SIZE]);

/* ---- for acts ---- */
/* 5 of domain.md's windows: CLOCK when now is more than a minute behind the newest time seen. */
enum otp_err otp_act_clock(struct otp_call *call);
int64_t otp_act_now(const struct otp_call *call);	/* seconds */
/* As load, but NOT_FOUND leaves no why. */
enum otp_err otp_act_find_user(struct otp_call *call, const char *name, struct otp_user *ret);
enum otp_err otp_act_find_token(struct otp_call *call, const char *serial, struct otp_token *ret);
enum otp_err otp_act_load_user(struct otp_call *call, const char *name, struct otp_user *ret);	/* NOT_FOUND with why */
enum otp_err otp_act_load_token(struct otp_call *call, const char *serial, struct otp_token *ret);
enum otp_err otp_act_find_account(struct otp_call *call, const char *id, struct otp_account *ret);
enum otp_err otp_act_load_account(struct otp_call *call, const char *id, struct otp_account *ret);
enum otp_err otp_act_load_company(struct otp_call *call, struct otp_company *ret);
enum otp_err otp_act_save_user(struct otp_call *call, const struct otp_user *user);
enum otp_err otp_act_save_token(struct otp_call *call, const struct otp_token *token);
enum otp_err otp_act_save_account(struct otp_call *call, const struct otp_account *account);
enum otp_err otp_act_save_company(struct otp_call *call, const struct otp_company *company);

/* The local day of the store's zone: what limits per day count by. */
enum otp_err otp_act_today(struct otp_call *call, int64_t *ret_day);
/* A limit out of a request: absent leaves *limit as it is; "", "0" and "none" unset it. BAD_INPUT with why. */
enum otp_err otp_act_take_limit(struct otp_call *call, enum otp_field field, int64_t *limit);
/* A limit as people write it; one that is unset (0) puts nothing. */
enum otp_err otp_act_put_limit(const struct otp_call *call, struct otp_fields *fields,
    enum otp_field field, int64_t limit);
/* A ceiling of the configuration in minor units; OTP_AMOUNT_MAX: none. CONFIG: no amount of the store's currency. */
enum otp_err otp_act_ceiling(const struct otp_call *call, const char *text, int64_t *ret);
/* Fills time, verb, actor, peer, login, service, result OTP_OK. */
void otp_act_event(const struct otp_call *call, struct otp_event *ret);
/* Commits what was saved (or, dry-run, drops it); sets answer->changed and audit_seq. */
enum otp_err otp_act_commit(struct otp_call *call);

/*
 * The same with call->event for what an ordinary caller may repeat as often as he likes: where nothing
 * was saved, the sixth within a minute is only counted, as denials are.
 */
enum otp_err otp_act_commit_folded(struct otp_call *call);
/* Root and trusted peers: a service's name from others is only what they say. */
bool otp_act_speaks_for_service(const struct otp_caller *caller);

/*
 * Commits what was saved with call->event as a refusal: counters of wrong
 * codes and passwords. Returns err, or why it could not be committed.
 */
enum otp_err otp_act_commit_refusal(struct otp_call *call, enum otp_err err);
/* The event of a refusal names the transfer that it is about. */
enum otp_err otp_act_put_object(struct otp_call *call);
/* What the event is about: a name that came from outside is cut to what fits. */
void otp_act_about(struct otp_call *call, const char *user, const char *serial);
/* A new row of the answer; sends what was gathered where rows are sent. Valid until the next. */
enum otp_err otp_act_row(struct otp_call *call, struct otp_fields **ret_row);
/* The reason in English, for rows. */
const char *otp_act_reason(const struct otp_why *why, enum otp_err err, char *buf, size_t size);

/*
 * For acts that raise somebody's power: OTP_OK unless administration = dual and no
 * second administrator has shown his password and code in this request (POLICY). To be asked before anything is staged.
 */
enum otp_err otp_act_second(struct otp_call *call);
bool otp_act_has_second(const struct otp_call *call);

/* Stages a record that was encoded with err; counts it as changed. Wipes value. */
enum otp_err otp_act_save(struct otp_call *call, enum otp_kind kind, const char *name, enum otp_err err,
    struct otp_bytes *value);
/* Stages that it goes; counts it as changed. */
enum otp_err otp_act_delete(struct otp_call *call, enum otp_kind kind, const char *name);

bool otp_act_is_staff(const struct otp_user *user);
/* A user that another's act may touch: general by staff, staff by a master only; NOT_PERMITTED with why. */
enum otp_err otp_act_may_touch(const struct otp_call *call, const struct otp_user *user);

#endif
