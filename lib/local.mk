# SPDX-License-Identifier: GPL-3.0-or-later
# The rows of lib, top to bottom: a file includes only files of rows above its own.
LIB_GROUND = \
	lib/err.c lib/err.h lib/err.def lib/message.c lib/message.h lib/message.def lib/secret.c lib/secret.h \
	lib/parse.c lib/words.c lib/parse.h lib/text.c lib/width.c lib/text.h lib/encode.c lib/encode.h lib/sink.c \
	lib/sink.h lib/file.c lib/file.h lib/json.c lib/json.h lib/clock.c lib/clock.h lib/lang.c lib/lang.h \
	lib/spawn.c lib/spawn.h lib/confvalue.c lib/confvalue.h lib/conf.c lib/conf.h lib/conf.def lib/choices.h
LIB_TALK = \
	lib/fields.c lib/fields.h lib/fields.def lib/verbs.c lib/verbs.h lib/verbs.def lib/wire.c lib/wire.h \
	lib/client.c lib/client.h lib/pairs.c lib/pairs.h lib/notice_kind.c lib/notice_kind.h lib/notice.def
LIB_CRYPTO = \
	lib/crypto.c lib/crypto.h lib/keyring.c lib/keyring.h lib/seal.c lib/seal.h lib/phc.c lib/phc.h lib/sign.c \
	lib/sign.h
LIB_CODES = \
	lib/hotp.c lib/hotp.h lib/window.c lib/window.h
LIB_RECORDS = \
	lib/record.c lib/record.h lib/event.c lib/event.h lib/account.c lib/account.h lib/user.c lib/user.h \
	lib/token.c lib/token.h lib/transfer.c lib/transfer.h lib/company.c lib/company.h lib/head.c lib/head.h \
	lib/pending.c lib/pending.h
LIB_STORAGE = \
	lib/macs.c lib/macs.h lib/manifest.c lib/manifest.h lib/overlay.c lib/overlay.h lib/segment.c lib/segment.h \
	lib/journal.c lib/journal.h lib/replay.c lib/replay.h lib/shards.c lib/shards.h lib/archive.c lib/archive.h \
	lib/mark.c lib/mark.h lib/meta.c lib/meta.h lib/worker.c lib/worker.h lib/checkpoint.c lib/checkpoint.h \
	lib/store_lock.c lib/store_lock.h lib/store.c lib/store.h lib/store_state.h lib/store_room.c \
	lib/store_switch.c lib/store_turn.c lib/store_recover.c lib/store_open.c lib/store_init.c lib/store_events.c \
	lib/scan.c
LIB_ACTS = \
	lib/act_state.c lib/act_state.h lib/act.c lib/act.h lib/act_standing.c lib/act_standing.h lib/act_binding.c \
	lib/act_binding.h lib/act_code.c lib/act_verify.c lib/act_verify.h lib/act_proof.c lib/act_proof.h \
	lib/act_run.c lib/act_register.c lib/act_register.h lib/act_session.c lib/act_session.h lib/act_unlock.c \
	lib/act_unlock.h lib/act_people.c lib/act_people.h lib/act_password.c lib/act_password.h lib/act_seen.c \
	lib/act_seen.h lib/act_import.c lib/act_tokens.c lib/act_tokens.h lib/act_init.c lib/act_init.h \
	lib/act_show.c lib/act_show.h lib/act_masters.c lib/act_masters.h lib/act_member.c lib/act_member.h \
	lib/act_reset.c lib/act_reset.h lib/act_revoke.c lib/act_revoke.h lib/act_site.c lib/act_site.h \
	lib/act_account.c lib/act_account.h lib/act_permit_show.c lib/act_permit_show.h lib/act_permit.c \
	lib/act_permit.h lib/act_limits.c lib/act_limits.h lib/act_orders.c lib/act_orders.h lib/act_transfer.c \
	lib/act_transfer.h lib/act_transfers.c lib/act_approve.c lib/act_approve.h lib/act_execute.c \
	lib/act_execute.h lib/act_receipt.c lib/act_receipt.h lib/act_sharers.c lib/act_sharers.h lib/act_device.c \
	lib/act_device.h lib/act_replace.c lib/act_resync.c lib/act_resync.h lib/act_seed.c lib/act_seed.h \
	lib/act_stock.c lib/act_stock.h lib/act_recover.c lib/act_recover.h lib/act_recover_clock.c lib/act_due.c \
	lib/act_due.h lib/act_audit.c lib/act_audit.h lib/act_head.c lib/act_head.h lib/act_report.c lib/act_report.h \
	lib/act_report_people.c lib/act_report_limits.c lib/act_report_activity.c lib/act_notice.c lib/act_notice.h \
	lib/act_notify.c lib/act_notify.h lib/act_news.c lib/act_ahead.c lib/act_ahead.h
LIB_EDGES = \
	lib/csv.c lib/csv.h lib/uri.c lib/uri.h lib/qr.c lib/qr.h lib/mail.c lib/mail.h lib/notice.c lib/notice.h

# ground and talk: all that the PAM module links. No crypto, no database.
noinst_LTLIBRARIES += lib/libtalk.la
lib_libtalk_la_SOURCES = $(LIB_GROUND) $(LIB_TALK)

# what otpd adds
noinst_LTLIBRARIES += lib/libcore.la
lib_libcore_la_SOURCES = $(LIB_CRYPTO) $(LIB_CODES) $(LIB_RECORDS) $(LIB_STORAGE) $(LIB_ACTS)
lib_libcore_la_LIBADD = $(CRYPTO_LIBS) $(GDBM_LIBS)

# what otpadm adds: files of other formats
noinst_LTLIBRARIES += lib/libedges.la
lib_libedges_la_SOURCES = $(LIB_EDGES)
lib_libedges_la_CPPFLAGS = $(AM_CPPFLAGS) $(QR_CFLAGS)
lib_libedges_la_LIBADD = $(QR_LIBS)
