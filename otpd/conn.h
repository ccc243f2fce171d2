/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One client's connection: at most one request in hand, then its answer, then the next. */
#ifndef OTPD_CONN_H
#define OTPD_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "act.h"
#include "wire.h"

/* Where its request stands. */
enum otpd_stage {
	OTPD_IDLE,		/* none: poll for one */
	OTPD_NAMING,		/* who is he? */
	OTPD_READY,		/* to be decided in this turn */
	OTPD_WAITING,		/* for the store's lock */
	OTPD_WANTS_HASH,	/* in the queue for a hasher */
	OTPD_HASHING,
	OTPD_WANTS_CHILD,	/* in the queue for a child; not before this turn's flush */
	OTPD_IN_CHILD,		/* the child answers */
	OTPD_ANSWERING,		/* decided: to be sent after this turn's flush */
	OTPD_SENDING,		/* the client reads slowly */
	OTPD_DEAD,		/* to be freed at the end of this turn */
};

struct otpd_packets {
	struct otp_bytes *packet;
	size_t n, cap, n_sent;
};

struct otpd_conn {
	int fd;
	enum otpd_stage stage;
	struct otp_caller peer;		/* as the kernel says */
	int64_t deadline_ms;		/* steady: of the stage */
	uint64_t arrived;		/* order of the requests */
	int64_t give_up_ms;		/* steady: until when the request waits for the store's lock */
	bool is_gone;			/* the client left: what is in hand is finished, nobody hears of it */
	bool is_last;			/* closed after this answer */
	bool may_take;			/* there may be something to read */

	struct otp_request request;
	struct otp_caller caller;	/* of this request: with name, AS, login user */
	bool is_claimed;		/* caller is filled */
	struct otp_act_question question; /* what was hashed */
	struct otp_proofs proofs;
	bool is_hashed;
	unsigned n_hashed;
	uint64_t job;			/* 0: none */
	struct otpd_packets out;

	/* BATCH: what was shown on this connection, by whom, until when */
	enum otp_verb batch_verb;
	char batch_name[OTP_NAME_MAX + 1];
	int64_t batch_until_ms;
	uint64_t batch_epoch;
	bool batch_second;
};

/* Takes fd. NULL: no memory, fd stays the caller's. */
struct otpd_conn *otpd_conn_new(int fd, const struct otp_caller *peer);
void otpd_conn_free(struct otpd_conn **c);

/* One packet, without waiting. */
enum otpd_received { OTPD_NOTHING, OTPD_REQUEST, OTPD_RUBBISH, OTPD_GONE };
enum otpd_received otpd_conn_receive(struct otpd_conn *c);
/*
 * For a client that was quiet too long: from here on its sends fail, so that it
 * knows that nothing was heard; what came before that is still taken.
 */
enum otpd_received otpd_conn_dismiss(struct otpd_conn *c);

/* Wipes what the request brought. */
void otpd_conn_done(struct otpd_conn *c);
/* The request is decided: wipes it, and packs its answer for the turn's end. */
void otpd_conn_answer(struct otpd_conn *c, struct otp_answer *answer);
/* What can be sent without waiting. False: the client is gone. *ret_done: all of it. */
bool otpd_conn_send(struct otpd_conn *c, bool *ret_done);

/* An answer as packets: rows in as many as they need, then the rest. `each` gets them in order. */
typedef enum otp_err (*otpd_pack_each)(void *ctx, struct otp_bytes *packet);
enum otp_err otpd_pack_rows(struct otp_rows *rows, otpd_pack_each each, void *ctx);
enum otp_err otpd_pack(struct otp_answer *answer, otpd_pack_each each, void *ctx);

#endif
