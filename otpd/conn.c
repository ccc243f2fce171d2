/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading requests from a client and sending it answers, never waiting for it. */
#include "config.h"

#include "conn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "file.h"
#include "secret.h"

#define PACKETS_MAX 64		/* of one answer outside of children: 8 MB */

/* One buffer for all: the process has one thread, and a packet is decoded before the next is read. */
static uint8_t buffer[OTP_WIRE_MAX];

struct otpd_conn *
otpd_conn_new(int fd, const struct otp_caller *peer)
{
	const int room = 2 * OTP_WIRE_MAX;
	struct otpd_conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	c->fd = fd;
	c->peer = *peer;
	c->stage = OTPD_IDLE;
	return c;
}

static void
packets_clear(struct otpd_packets *out)
{
	for (size_t i = 0; i < out->n; i++)
		otp_bytes_clear(&out->packet[i]);
	free(out->packet);
	memset(out, 0, sizeof(*out));
}

void
otpd_conn_done(struct otpd_conn *c)
{
	otp_request_clear(&c->request);
	otp_wipe(&c->question, sizeof(c->question));
	otp_wipe(&c->proofs, sizeof(c->proofs));
	c->is_hashed = c->is_claimed = false;
	c->n_hashed = 0;
	c->job = 0;
}

void
otpd_conn_free(struct otpd_conn **c)
{
	if (*c == NULL)
		return;
	otp_file_close(&(*c)->fd);
	otpd_conn_done(*c);
	packets_clear(&(*c)->out);
	free(*c);
	*c = NULL;
}

enum otpd_received
otpd_conn_receive(struct otpd_conn *c)
{
	enum otp_err err;
	ssize_t n;

	do
		n = recv(c->fd, buffer, sizeof(buffer), MSG_DONTWAIT | MSG_TRUNC);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return OTPD_NOTHING;
	if (n <= 0)	/* an empty packet looks like an end, and is taken for one */
		return OTPD_GONE;
	if ((size_t)n > sizeof(buffer)) {
		otp_wipe(buffer, sizeof(buffer));
		return OTPD_RUBBISH;
	}
	err = otp_wire_decode_request(buffer, (size_t)n, &c->request);
	otp_wipe(buffer, (size_t)n);
	if (err == OTP_ERR_NO_MEMORY)
		return OTPD_GONE;
	return err == OTP_OK ? OTPD_REQUEST : OTPD_RUBBISH;
}

enum otpd_received
otpd_conn_dismiss(struct otpd_conn *c)
{
	enum otpd_received received;

	(void)shutdown(c->fd, SHUT_RD);
	received = otpd_conn_receive(c);
	c->is_last = true;
	return received == OTPD_NOTHING ? OTPD_GONE : received;
}

static enum otp_err
keep_packet(void *ctx, struct otp_bytes *packet)
{
	struct otpd_packets *out = ctx;
	struct otp_bytes *all;
	size_t cap;

	if (out->n >= PACKETS_MAX)
		return OTP_ERR_OVER_LIMIT;
	if (out->n >= out->cap) {
		cap = out->cap > 0 ? 2 * out->cap : 1;
		all = reallocarray(out->packet, cap, sizeof(*all));
		if (all == NULL)
			return OTP_ERR_NO_MEMORY;
		out->packet = all;
		out->cap = cap;
	}
	out->packet[out->n] = (struct otp_bytes)OTP_BYTES_INIT;
	otp_bytes_move(&out->packet[out->n++], packet);
	return OTP_OK;
}

void
otpd_conn_answer(struct otpd_conn *c, struct otp_answer *answer)
{
	enum otp_err err;

	otpd_conn_done(c);
	err = otpd_pack(answer, keep_packet, &c->out);
	otp_answer_clear(answer);
	if (err == OTP_OK) {
		c->stage = OTPD_ANSWERING;
		return;
	}
	/* what cannot be said whole is not said: the client knows that it does not know */
	packets_clear(&c->out);
	c->stage = OTPD_DEAD;
}

bool
otpd_conn_send(struct otpd_conn *c, bool *ret_done)
{
	struct otpd_packets *out = &c->out;
	struct otp_bytes *packet;
	ssize_t n;

	*ret_done = false;
	while (out->n_sent < out->n) {
		packet = &out->packet[out->n_sent];
		n = send(c->fd, packet->data, packet->len, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == ENOBUFS))
			return true;
		if (n < 0)
			return false;
		otp_bytes_clear(packet);
		out->n_sent++;
	}
	packets_clear(out);
	*ret_done = true;
	return true;
}
