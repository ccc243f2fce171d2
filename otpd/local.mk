# SPDX-License-Identifier: GPL-3.0-or-later
pkglibexec_PROGRAMS += otpd/otpd
otpd_otpd_SOURCES = \
	otpd/main.c otpd/otpd.h \
	otpd/caller.c otpd/caller.h \
	otpd/children.c otpd/children.h \
	otpd/clients.c otpd/clients.h \
	otpd/conn.c otpd/conn.h otpd/pack.c \
	otpd/dispatch.c otpd/dispatch.h \
	otpd/hashers.c otpd/hashers.h \
	otpd/heads.c otpd/heads.h \
	otpd/listen.c otpd/listen.h \
	otpd/log.c otpd/log.h \
	otpd/loop.c otpd/loop.h \
	otpd/names.c otpd/names.h \
	otpd/nursery.c otpd/nursery.h \
	otpd/opening.c otpd/opening.h \
	otpd/quota.c otpd/quota.h
otpd_otpd_LDADD = lib/libcore.la lib/libtalk.la
