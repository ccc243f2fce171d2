# SPDX-License-Identifier: GPL-3.0-or-later
# otpadm: links ground, talk and edges; no OpenSSL, no GDBM.
sbin_PROGRAMS += cli/otpadm
cli_otpadm_SOURCES = \
	cli/main.c cli/cli.h cli/globals.c cli/globals.h cli/help.c cli/help.h cli/prompt.c cli/prompt.h \
	cli/credentials.c cli/credentials.h cli/ask.c cli/ask.h cli/tell.c cli/tell.h cli/service.c cli/service.h \
	cli/cells.c cli/cells.h cli/table.c cli/table.h cli/envelope.c cli/envelope.h cli/output.c cli/output.h \
	cli/source.c cli/source.h cli/words.c cli/words.h cli/seen.c cli/seen.h cli/delivery.c cli/delivery.h \
	cli/rejects.c cli/rejects.h cli/import.c cli/import.h cli/cmd_init.c cli/cmd_user.c cli/cmd_user_add.c \
	cli/cmd_token.c cli/cmd_password.c cli/cmd_register.c cli/cmd_unlock.c cli/cmd_suspended.c cli/cmd_status.c \
	cli/cmd_explain.c cli/cmd_session.c cli/cmd_config.c cli/cmd_revoke.c cli/cmd_account.c cli/cmd_permit.c \
	cli/orders.c cli/orders.h cli/cmd_transfer.c cli/cmd_execute.c cli/uri_lines.c cli/uri_lines.h \
	cli/concerned.c cli/concerned.h cli/cmd_device.c cli/cmd_resync.c cli/cmd_seed.c cli/due.c cli/due.h \
	cli/cmd_recover.c cli/cmd_audit.c cli/follow.c cli/follow.h cli/cmd_report.c cli/cmd_notify.c cli/flush.c \
	cli/flush.h cli/postman.c cli/postman.h cli/cmd_completion.c
cli_otpadm_LDADD = lib/libedges.la lib/libtalk.la $(POPT_LIBS)

# The scripts that `otpadm completion` prints: the tables are made by the program, what reads them stands in completion/.
BUILT_SOURCES += otp_completion.h
CLEANFILES += otp_completion.h
drivers = completion/driver.bash completion/driver.zsh completion/driver.fish
EXTRA_DIST += $(drivers)
otp_completion.h: $(drivers)
	$(AM_V_GEN){ \
	echo '/* made by make out of completion/ */'; \
	for shell in bash zsh fish; do \
		echo "static const char otp_completion_$$shell[] ="; \
		sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/	/\\t/g' -e 's/^/	"/' -e 's/$$/\\n"/' $(srcdir)/completion/driver.$$shell; \
		echo '	;'; \
	done; \
	} > $@.tmp && mv $@.tmp $@

# Printed by the program itself, so not when it cannot run here; to the shells' own places below the prefix.
if !CROSS_COMPILING
bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/site-functions
fishcompletiondir = $(datadir)/fish/vendor_completions.d
nodist_bashcompletion_DATA = completion/otpadm
nodist_zshcompletion_DATA = completion/_otpadm
nodist_fishcompletion_DATA = completion/otpadm.fish
CLEANFILES += completion/otpadm completion/_otpadm completion/otpadm.fish
completion/otpadm completion/_otpadm completion/otpadm.fish: cli/otpadm$(EXEEXT)
	$(AM_V_GEN)case $@ in *.fish) shell=fish ;; */_*) shell=zsh ;; *) shell=bash ;; esac; \
	$(MKDIR_P) completion && LC_ALL=C $(builddir)/cli/otpadm completion $$shell > $@.tmp && mv $@.tmp $@
endif
