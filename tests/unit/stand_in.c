/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stand-in: takes requests and does what it was told to. */
#include "config.h"

#include "stand_in.h"

#include "unit.h"

#include <poll.h>
#include <sys/socket.h>

#include "wire.h"

static void
send_answer(int fd, enum otp_err err, const char *text, bool more, int n_rows)
{
	struct otp_answer answer = OTP_ANSWER_INIT;
	struct otp_bytes packet = OTP_BYTES_INIT;
	struct otp_fields *row;

	answer.err = err;
	answer.more = more;
	if (text != NULL)
		assert_int_equal(otp_fields_put_str(&answer.fields, OTP_FIELD_TEXT, text), OTP_OK);
	for (int i = 0; i < n_rows; i++) {
		assert_int_equal(otp_rows_add(&answer.rows, &row), OTP_OK);
		assert_int_equal(otp_fields_put_int(row, OTP_FIELD_LINE, i), OTP_OK);
	}
	assert_int_equal(otp_wire_encode_answer(&answer, &packet), OTP_OK);
	(void)send(fd, packet.data, packet.len, MSG_NOSIGNAL);
	otp_bytes_clear(&packet);
	otp_answer_clear(&answer);
}

/* The subject of the request, into buf; false: the client is gone. */
static bool
take_request(struct stand_in *s, int fd, char *buf, size_t size)
{
	static uint8_t packet[OTP_WIRE_MAX];
	struct otp_request request = OTP_REQUEST_INIT;
	const char *subject;
	ssize_t n = recv(fd, packet, sizeof(packet), 0);

	if (n <= 0)
		return false;
	s->n_requests++;
	assert_int_equal(otp_wire_decode_request(packet, (size_t)n, &request), OTP_OK);
	subject = otp_fields_str(&request.fields, OTP_FIELD_SUBJECT);
	(void)snprintf(buf, size, "%s", subject != NULL ? subject : "");
	otp_request_clear(&request);
	return true;
}

void
stand_in_serve(struct stand_in *s, int fd, enum deed deed)
{
	static const uint8_t rubbish[OTP_WIRE_MAX + 100] = { 77 };
	char subject[64];

	if (deed == TURN_AWAY)
		send_answer(fd, OTP_ERR_BUSY, NULL, false, 0);
	else if (deed == WELCOME)
		send_answer(fd, OTP_OK, "let in", false, 0);
	if (deed == TURN_AWAY || deed == WELCOME || deed == CLOSE_AT_ONCE)
		return;
	while (take_request(s, fd, subject, sizeof(subject))) {
		switch (deed) {
		case ANSWER:
		case CLOSE_AFTER_ANSWER:
			send_answer(fd, OTP_OK, subject, false, 0);
			break;
		case ANSWER_ROWS:
			for (int i = 0; i < 3; i++)
				send_answer(fd, OTP_OK, NULL, true, 5);
			send_answer(fd, OTP_ERR_PARTIAL, subject, false, 2);
			break;
		case ANSWER_LATE:
			(void)poll(NULL, 0, 2 * IMPATIENCE_MS);
			send_answer(fd, OTP_OK, subject, false, 0);
			break;
		case RUBBISH:
			(void)send(fd, rubbish, 40, MSG_NOSIGNAL);
			break;
		case TOO_LONG:
			(void)send(fd, rubbish, sizeof(rubbish), MSG_NOSIGNAL);
			break;
		case CLOSE_AFTER_REQUEST:
		case CLOSE_AT_ONCE:
		case TURN_AWAY:
		case WELCOME:
		case END:
			return;
		}
		if (deed == CLOSE_AFTER_ANSWER)
			return;
	}
}

static void *
serving(void *arg)
{
	struct stand_in *s = arg;

	for (const enum deed *deed = s->deeds; *deed != END; deed++) {
		int fd = accept(s->fd, NULL, NULL);

		if (fd < 0)
			break;
		s->n_connections++;
		stand_in_serve(s, fd, *deed);
		(void)close(fd);
	}
	return NULL;
}

void
stand_in_begin(struct stand_in *s, void **state, const enum deed *deeds)
{
	struct sockaddr_un *address = &s->address;

	memset(s, 0, sizeof(*s));
	address->sun_family = AF_UNIX;
	s->deeds = deeds;
	otp_conf_default(&s->conf);
	(void)snprintf(s->conf.socket, sizeof(s->conf.socket), "%s/sock", (char *)*state);
	(void)snprintf(s->conf.store, sizeof(s->conf.store), "%s/store", (char *)*state);
	(void)snprintf(address->sun_path, sizeof(address->sun_path), "%s/sock", (char *)*state);
	(void)unlink(address->sun_path);
	s->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_true(s->fd >= 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)address, sizeof(*address)), 0);
	assert_int_equal(listen(s->fd, 8), 0);
	if (deeds != NULL)
		assert_int_equal(pthread_create(&s->thread, NULL, serving, s), 0);
}

void
stand_in_end(struct stand_in *s)
{
	(void)shutdown(s->fd, SHUT_RDWR);
	if (s->deeds != NULL)
		assert_int_equal(pthread_join(s->thread, NULL), 0);
	(void)close(s->fd);
}
