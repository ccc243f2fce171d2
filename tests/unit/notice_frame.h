/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What tests of notices share: what waits, as one text; events as some act would have made them; reports. */
#ifndef NOTICE_FRAME_H
#define NOTICE_FRAME_H

#include "act_frame.h"

#include "act_notify.h"

struct notice_seen {
	char text[4096];	/* "ABOUT TO[*]\n" each of the first; '*': as an administrator */
	unsigned n;
	char cursor[64];
	int64_t version;
	bool has_more;
};
extern struct notice_seen seen;		/* by the last fetch */
extern struct otp_event event;		/* being made */

enum otp_err fetch(struct frame *f);
void put_report(struct frame *f, int64_t version, const char *cursor);
enum otp_err report(struct frame *f);
/* All of it was sent. */
void settle(struct frame *f);
/* That waits, and then nothing. */
void expect(struct frame *f, const char *text);

void begin(struct frame *f, enum otp_verb verb, const char *user, enum otp_err result);
void say(enum otp_field field, const char *text);
void happen(struct frame *f);

void set_mail(struct frame *f, const char *name, const char *mail, const char *language);
/* alice (with an address, Japanese), bob, and the master. */
void people(struct frame *f);

#endif
