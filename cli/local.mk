# SPDX-License-Identifier: GPL-3.0-or-later
# otpadm: links ground, talk and edges; no OpenSSL, no GDBM.
sbin_PROGRAMS += cli/otpadm
cli_otpadm_SOURCES = \
	cli/main.c cli/cli.h cli/globals.c cli/globals.h cli/help.c cli/help.h \
	cli/prompt.c cli/prompt.h cli/credentials.c cli/credentials.h cli/ask.c cli/ask.h \
	cli/tell.c cli/tell.h cli/service.c cli/service.h \
	cli/cells.c cli/cells.h cli/table.c cli/table.h cli/envelope.c cli/envelope.h cli/output.c cli/output.h \
	cli/source.c cli/source.h cli/words.c cli/words.h cli/due.c cli/due.h \
	cli/seen.c cli/seen.h cli/delivery.c cli/delivery.h cli/rejects.c cli/rejects.h cli/import.c cli/import.h \
	cli/cmd_init.c cli/cmd_user.c cli/cmd_user_add.c cli/cmd_token.c cli/cmd_password.c cli/cmd_register.c \
	cli/cmd_unlock.c cli/cmd_suspended.c cli/cmd_status.c cli/cmd_explain.c cli/cmd_session.c cli/cmd_config.c \
	cli/cmd_notify.c cli/flush.c cli/flush.h cli/postman.c cli/postman.h \
	cli/orders.c cli/orders.h cli/cmd_transfer.c cli/cmd_execute.c \
	cli/cmd_account.c cli/cmd_permit.c cli/cmd_recover.c cli/cmd_revoke.c
cli_otpadm_LDADD = lib/libedges.la lib/libtalk.la $(POPT_LIBS)
