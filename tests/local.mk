# SPDX-License-Identifier: GPL-3.0-or-later
# Unit tests: one program a lib file, cmocka, TAP. Add the name to UNIT and nothing else.
UNIT =

UNIT += tests/unit/test_client
tests_unit_test_client_SOURCES = tests/unit/test_client.c tests/unit/stand_in.c tests/unit/stand_in.h \
	tests/unit/unit.h
tests_unit_test_client_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_secret
tests_unit_test_secret_SOURCES = tests/unit/test_secret.c tests/unit/unit.h
tests_unit_test_secret_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_text
tests_unit_test_text_SOURCES = tests/unit/test_text.c tests/unit/unit.h
tests_unit_test_text_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_encode
tests_unit_test_encode_SOURCES = tests/unit/test_encode.c tests/unit/unit.h
tests_unit_test_encode_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_parse
tests_unit_test_parse_SOURCES = tests/unit/test_parse.c tests/unit/unit.h
tests_unit_test_parse_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_json
tests_unit_test_json_SOURCES = tests/unit/test_json.c tests/unit/unit.h
tests_unit_test_json_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_message
tests_unit_test_message_SOURCES = tests/unit/test_message.c tests/unit/unit.h
tests_unit_test_message_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_file
tests_unit_test_file_SOURCES = tests/unit/test_file.c tests/unit/unit.h
tests_unit_test_file_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_clock
tests_unit_test_clock_SOURCES = tests/unit/test_clock.c tests/unit/unit.h
tests_unit_test_clock_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_conf
tests_unit_test_conf_SOURCES = tests/unit/test_conf.c tests/unit/unit.h
tests_unit_test_conf_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_lang
tests_unit_test_lang_SOURCES = tests/unit/test_lang.c tests/unit/unit.h
tests_unit_test_lang_LDADD = $(UNIT_LIBS) $(LTLIBINTL)

UNIT += tests/unit/test_crypto
tests_unit_test_crypto_SOURCES = tests/unit/test_crypto.c
tests_unit_test_crypto_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_hotp
tests_unit_test_hotp_SOURCES = tests/unit/test_hotp.c
tests_unit_test_hotp_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_keyring
tests_unit_test_keyring_SOURCES = tests/unit/test_keyring.c
tests_unit_test_keyring_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_seal
tests_unit_test_seal_SOURCES = tests/unit/test_seal.c
tests_unit_test_seal_LDADD = $(UNIT_LIBS)
# What every encoding must stand is written once.
UNIT += tests/unit/test_fields
tests_unit_test_fields_SOURCES = tests/unit/test_fields.c tests/unit/codec.c tests/unit/codec.h
tests_unit_test_fields_LDADD = $(UNIT_LIBS)
UNIT += tests/unit/test_verbs
tests_unit_test_verbs_SOURCES = tests/unit/test_verbs.c tests/unit/codec.c tests/unit/codec.h
tests_unit_test_verbs_LDADD = $(UNIT_LIBS)
UNIT += tests/unit/test_wire
tests_unit_test_wire_SOURCES = tests/unit/test_wire.c tests/unit/codec.c tests/unit/codec.h
tests_unit_test_wire_LDADD = $(UNIT_LIBS)
UNIT += tests/unit/test_user
tests_unit_test_user_SOURCES = tests/unit/test_user.c tests/unit/codec.c tests/unit/codec.h
tests_unit_test_user_LDADD = $(UNIT_LIBS)
UNIT += tests/unit/test_token
tests_unit_test_token_SOURCES = tests/unit/test_token.c tests/unit/codec.c tests/unit/codec.h
tests_unit_test_token_LDADD = $(UNIT_LIBS)
UNIT += tests/unit/test_transfer
tests_unit_test_transfer_SOURCES = tests/unit/test_transfer.c tests/unit/codec.c tests/unit/codec.h
tests_unit_test_transfer_LDADD = $(UNIT_LIBS)
UNIT += tests/unit/test_sign
tests_unit_test_sign_SOURCES = tests/unit/test_sign.c tests/unit/unit.h
tests_unit_test_sign_LDADD = $(UNIT_LIBS)
UNIT += tests/unit/test_company
tests_unit_test_company_SOURCES = tests/unit/test_company.c tests/unit/codec.c tests/unit/codec.h
tests_unit_test_company_LDADD = $(UNIT_LIBS)
UNIT += tests/unit/test_event
tests_unit_test_event_SOURCES = tests/unit/test_event.c tests/unit/codec.c tests/unit/codec.h
tests_unit_test_event_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_phc
tests_unit_test_phc_SOURCES = tests/unit/test_phc.c
tests_unit_test_phc_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_window
tests_unit_test_window_SOURCES = tests/unit/test_window.c
tests_unit_test_window_LDADD = $(UNIT_LIBS)
tests_unit_test_window_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=otp_mac_end

UNIT += tests/unit/test_drift
tests_unit_test_drift_SOURCES = tests/unit/test_drift.c
tests_unit_test_drift_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_csv
tests_unit_test_csv_SOURCES = tests/unit/test_csv.c tests/unit/unit.h
tests_unit_test_csv_LDADD = $(UNIT_LIBS)

ACT_FRAME = tests/unit/act_frame.c tests/unit/act_frame.h tests/unit/unit.h
UNIT += tests/unit/test_act_verify
tests_unit_test_act_verify_SOURCES = tests/unit/test_act_verify.c $(ACT_FRAME)
tests_unit_test_act_verify_LDADD = $(UNIT_LIBS)

# what happens to a token
UNIT += tests/unit/test_act_device
tests_unit_test_act_device_SOURCES = tests/unit/test_act_device.c $(ACT_FRAME)
tests_unit_test_act_device_LDADD = $(UNIT_LIBS)
UNIT += tests/unit/test_act_replace
tests_unit_test_act_replace_SOURCES = tests/unit/test_act_replace.c $(ACT_FRAME)
tests_unit_test_act_replace_LDADD = $(UNIT_LIBS)
UNIT += tests/unit/test_act_resync
tests_unit_test_act_resync_SOURCES = tests/unit/test_act_resync.c $(ACT_FRAME)
tests_unit_test_act_resync_LDADD = $(UNIT_LIBS)
UNIT += tests/unit/test_act_seed
tests_unit_test_act_seed_SOURCES = tests/unit/test_act_seed.c $(ACT_FRAME)
tests_unit_test_act_seed_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_uri
tests_unit_test_uri_SOURCES = tests/unit/test_uri.c tests/unit/unit.h
tests_unit_test_uri_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_act_guards
tests_unit_test_act_guards_SOURCES = tests/unit/test_act_guards.c $(ACT_FRAME)
tests_unit_test_act_guards_LDADD = $(UNIT_LIBS)
UNIT += tests/unit/test_overlay
tests_unit_test_overlay_SOURCES = tests/unit/test_overlay.c tests/unit/unit.h
tests_unit_test_overlay_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_manifest
tests_unit_test_manifest_SOURCES = tests/unit/test_manifest.c tests/unit/unit.h
tests_unit_test_manifest_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_mark
tests_unit_test_mark_SOURCES = tests/unit/test_mark.c tests/unit/unit.h tests/unit/store_unit.h
tests_unit_test_mark_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_journal
tests_unit_test_journal_SOURCES = tests/unit/test_journal.c tests/unit/unit.h tests/unit/store_unit.h
tests_unit_test_journal_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_store
tests_unit_test_store_SOURCES = tests/unit/test_store.c tests/unit/unit.h tests/unit/store_unit.h
tests_unit_test_store_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_store_damage
tests_unit_test_store_damage_SOURCES = tests/unit/test_store_damage.c tests/unit/unit.h tests/unit/store_unit.h
tests_unit_test_store_damage_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_worker
tests_unit_test_worker_SOURCES = tests/unit/test_worker.c tests/unit/unit.h
tests_unit_test_worker_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_store_disk
tests_unit_test_store_disk_SOURCES = tests/unit/test_store_disk.c tests/unit/unit.h tests/unit/store_unit.h
tests_unit_test_store_disk_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_store_crash
tests_unit_test_store_crash_SOURCES = tests/unit/test_store_crash.c tests/unit/unit.h tests/unit/store_unit.h
tests_unit_test_store_crash_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_act_run
tests_unit_test_act_run_SOURCES = tests/unit/test_act_run.c $(ACT_FRAME)
tests_unit_test_act_run_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_act_second
tests_unit_test_act_second_SOURCES = tests/unit/test_act_second.c $(ACT_FRAME)
tests_unit_test_act_second_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_act_register
tests_unit_test_act_register_SOURCES = tests/unit/test_act_register.c $(ACT_FRAME)
tests_unit_test_act_register_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_act_unlock
tests_unit_test_act_unlock_SOURCES = tests/unit/test_act_unlock.c $(ACT_FRAME)
tests_unit_test_act_unlock_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_act_account
tests_unit_test_act_account_SOURCES = tests/unit/test_act_account.c $(ACT_FRAME)
tests_unit_test_act_account_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_act_permit
tests_unit_test_act_permit_SOURCES = tests/unit/test_act_permit.c $(ACT_FRAME)
tests_unit_test_act_permit_LDADD = $(UNIT_LIBS)
# recover, due
UNIT += tests/unit/test_act_full
tests_unit_test_act_full_SOURCES = tests/unit/test_act_full.c $(ACT_FRAME)
tests_unit_test_act_full_LDADD = $(UNIT_LIBS)
UNIT += tests/unit/test_store_recover
tests_unit_test_store_recover_SOURCES = tests/unit/test_store_recover.c tests/unit/store_unit.h tests/unit/unit.h
tests_unit_test_store_recover_LDADD = $(UNIT_LIBS)
UNIT += tests/unit/test_act_ahead
tests_unit_test_act_ahead_SOURCES = tests/unit/test_act_ahead.c $(ACT_FRAME)
tests_unit_test_act_ahead_LDADD = $(UNIT_LIBS)
UNIT += tests/unit/test_act_clock
tests_unit_test_act_clock_SOURCES = tests/unit/test_act_clock.c $(ACT_FRAME)
tests_unit_test_act_clock_LDADD = $(UNIT_LIBS)
UNIT += tests/unit/test_act_recover
tests_unit_test_act_recover_SOURCES = tests/unit/test_act_recover.c $(ACT_FRAME)
tests_unit_test_act_recover_LDADD = $(UNIT_LIBS)
UNIT += tests/unit/test_act_due
tests_unit_test_act_due_SOURCES = tests/unit/test_act_due.c tests/unit/transfer_frame.c tests/unit/transfer_frame.h $(ACT_FRAME)
tests_unit_test_act_due_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_act_people
tests_unit_test_act_people_SOURCES = tests/unit/test_act_people.c $(ACT_FRAME)
tests_unit_test_act_people_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_act_session
tests_unit_test_act_session_SOURCES = tests/unit/test_act_session.c $(ACT_FRAME)
tests_unit_test_act_session_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_act_password
tests_unit_test_act_password_SOURCES = tests/unit/test_act_password.c $(ACT_FRAME)
tests_unit_test_act_password_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_act_tokens
tests_unit_test_act_tokens_SOURCES = tests/unit/test_act_tokens.c $(ACT_FRAME)
tests_unit_test_act_tokens_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_act_init
tests_unit_test_act_init_SOURCES = tests/unit/test_act_init.c $(ACT_FRAME)
tests_unit_test_act_init_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_act_show
tests_unit_test_act_show_SOURCES = tests/unit/test_act_show.c $(ACT_FRAME)
tests_unit_test_act_show_LDADD = $(UNIT_LIBS)

# people: roles, passwords, revocation
UNIT += tests/unit/test_act_member
tests_unit_test_act_member_SOURCES = tests/unit/test_act_member.c $(ACT_FRAME)
tests_unit_test_act_member_LDADD = $(UNIT_LIBS)
UNIT += tests/unit/test_act_revoke
tests_unit_test_act_revoke_SOURCES = tests/unit/test_act_revoke.c $(ACT_FRAME)
tests_unit_test_act_revoke_LDADD = $(UNIT_LIBS)
# transfers
TRANSFER_FRAME = tests/unit/transfer_frame.c tests/unit/transfer_frame.h $(ACT_FRAME)
UNIT += tests/unit/test_act_transfer tests/unit/test_act_approve tests/unit/test_act_execute
tests_unit_test_act_transfer_SOURCES = tests/unit/test_act_transfer.c $(TRANSFER_FRAME)
tests_unit_test_act_transfer_LDADD = $(UNIT_LIBS)
tests_unit_test_act_approve_SOURCES = tests/unit/test_act_approve.c $(TRANSFER_FRAME)
tests_unit_test_act_approve_LDADD = $(UNIT_LIBS)
tests_unit_test_act_execute_SOURCES = tests/unit/test_act_execute.c $(TRANSFER_FRAME)
tests_unit_test_act_execute_LDADD = $(UNIT_LIBS)
# audit and reports
UNIT += tests/unit/test_act_audit
tests_unit_test_act_audit_SOURCES = tests/unit/test_act_audit.c $(ACT_FRAME)
tests_unit_test_act_audit_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_act_events
tests_unit_test_act_events_SOURCES = tests/unit/test_act_events.c $(ACT_FRAME)
tests_unit_test_act_events_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_act_head
tests_unit_test_act_head_SOURCES = tests/unit/test_act_head.c $(ACT_FRAME)
tests_unit_test_act_head_LDADD = $(UNIT_LIBS)

UNIT += tests/unit/test_act_report
tests_unit_test_act_report_SOURCES = tests/unit/test_act_report.c $(ACT_FRAME)
tests_unit_test_act_report_LDADD = $(UNIT_LIBS)
UNIT += tests/unit/test_act_site
tests_unit_test_act_site_SOURCES = tests/unit/test_act_site.c $(ACT_FRAME)
tests_unit_test_act_site_LDADD = $(UNIT_LIBS)

# notices
NOTICE_FRAME = tests/unit/notice_frame.c tests/unit/notice_frame.h $(ACT_FRAME)
UNIT += tests/unit/test_mail
tests_unit_test_mail_SOURCES = tests/unit/test_mail.c tests/unit/unit.h
tests_unit_test_mail_LDADD = $(UNIT_LIBS)
UNIT += tests/unit/test_notice
tests_unit_test_notice_SOURCES = tests/unit/test_notice.c tests/unit/unit.h
tests_unit_test_notice_LDADD = $(UNIT_LIBS) $(LTLIBINTL)
UNIT += tests/unit/test_pending
tests_unit_test_pending_SOURCES = tests/unit/test_pending.c tests/unit/codec.c tests/unit/codec.h
tests_unit_test_pending_LDADD = $(UNIT_LIBS)
UNIT += tests/unit/test_act_notice
tests_unit_test_act_notice_SOURCES = tests/unit/test_act_notice.c $(NOTICE_FRAME)
tests_unit_test_act_notice_LDADD = $(UNIT_LIBS)
UNIT += tests/unit/test_act_notify
tests_unit_test_act_notify_SOURCES = tests/unit/test_act_notify.c $(NOTICE_FRAME)
tests_unit_test_act_notify_LDADD = $(UNIT_LIBS)

if HAVE_CMOCKA
check_PROGRAMS += $(UNIT)
TESTS += $(UNIT)
endif
UNIT_LIBS = lib/libcore.la lib/libedges.la lib/libtalk.la $(CMOCKA_LIBS)

# Fuzz targets, one a format. Without --enable-fuzzing `make check` plays their corpus and some
# thousand mutations of it (OTP_FUZZ_RUNS, OTP_FUZZ_SEED); with it `make fuzz` runs libFuzzer for
# OTP_FUZZ_SECONDS each. `make corpus` writes the corpus again after a format has changed.
FUZZ = tests/fuzz/fuzz_record tests/fuzz/fuzz_wire tests/fuzz/fuzz_conf tests/fuzz/fuzz_parse \
	tests/fuzz/fuzz_csv tests/fuzz/fuzz_uri tests/fuzz/fuzz_journal tests/fuzz/fuzz_mail
FUZZ_LIBS = lib/libcore.la lib/libedges.la lib/libtalk.la
check_PROGRAMS += $(FUZZ)
if FUZZING
FUZZ_MAIN = tests/fuzz/fuzz.h
FUZZ_LINK = $(AM_LDFLAGS) -fsanitize=fuzzer
else
FUZZ_MAIN = tests/fuzz/fuzz.h tests/fuzz/replay.c
FUZZ_LINK = $(AM_LDFLAGS)
TESTS += $(FUZZ)
endif
tests_fuzz_fuzz_record_SOURCES = tests/fuzz/fuzz_record.c $(FUZZ_MAIN)
tests_fuzz_fuzz_record_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_record_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_wire_SOURCES = tests/fuzz/fuzz_wire.c $(FUZZ_MAIN)
tests_fuzz_fuzz_wire_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_wire_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_conf_SOURCES = tests/fuzz/fuzz_conf.c $(FUZZ_MAIN)
tests_fuzz_fuzz_conf_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_conf_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_parse_SOURCES = tests/fuzz/fuzz_parse.c $(FUZZ_MAIN)
tests_fuzz_fuzz_parse_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_parse_LDADD = $(FUZZ_LIBS)
DELIVERY = cli/delivery.c cli/delivery.h cli/uri_lines.c cli/uri_lines.h
tests_fuzz_fuzz_csv_SOURCES = tests/fuzz/fuzz_csv.c $(DELIVERY) cli/seen.c cli/seen.h $(FUZZ_MAIN)
tests_fuzz_fuzz_csv_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/cli
tests_fuzz_fuzz_csv_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_csv_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_uri_SOURCES = tests/fuzz/fuzz_uri.c $(DELIVERY) cli/seen.c cli/seen.h $(FUZZ_MAIN)
tests_fuzz_fuzz_uri_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/cli
tests_fuzz_fuzz_uri_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_uri_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_journal_SOURCES = tests/fuzz/fuzz_journal.c tests/fuzz/journal_ring.h $(FUZZ_MAIN)
tests_fuzz_fuzz_journal_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_journal_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_mail_SOURCES = tests/fuzz/fuzz_mail.c $(FUZZ_MAIN)
tests_fuzz_fuzz_mail_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_mail_LDADD = $(FUZZ_LIBS)
EXTRA_DIST += tests/fuzz/corpus
EXTRA_PROGRAMS = tests/fuzz/fuzz_corpus
tests_fuzz_fuzz_corpus_SOURCES = tests/fuzz/fuzz_corpus.c tests/fuzz/journal_ring.h
tests_fuzz_fuzz_corpus_LDADD = $(FUZZ_LIBS)
.PHONY: fuzz corpus
corpus: $(BUILT_SOURCES) tests/fuzz/fuzz_corpus$(EXEEXT)
	tests/fuzz/fuzz_corpus$(EXEEXT) $(srcdir)/tests/fuzz/corpus
fuzz: $(BUILT_SOURCES) $(FUZZ)
	@$(SHELL) $(srcdir)/tests/fuzz/fuzz.sh $(srcdir)/tests/fuzz/corpus $(FUZZ)
EXTRA_DIST += tests/fuzz/fuzz.sh

# What the source must look like. lint.py is what they share.
LINT = tests/lint/layers.py tests/lint/banned.py tests/lint/docs.py
TESTS += $(LINT)
EXTRA_DIST += $(LINT) tests/lint/lint.py
# a small program over store.h, for tests that kill it, cut its power or damage its files
check_PROGRAMS += tests/store_driver
tests_store_driver_SOURCES = tests/store_driver.c
tests_store_driver_LDADD = lib/libcore.la lib/libtalk.la

# Tests that run the real programs.
E2E = \
	tests/e2e/otpd_hostile.py \
	tests/e2e/otpd_kills.py \
	tests/e2e/pam_answers.py \
	tests/e2e/pam_asking.py \
	tests/e2e/pam_trouble.py \
	tests/e2e/pam_guest.py \
	tests/e2e/pam_fault.py
E2E += tests/e2e/pam_life.py tests/e2e/pam_race.py tests/e2e/pam_services.py
E2E += tests/e2e/cli.py tests/e2e/cli_import.py tests/e2e/cli_prompt.py tests/e2e/cli_promise.py
E2E += tests/e2e/japanese.py tests/e2e/completion.py
E2E += tests/e2e/tokens.py tests/e2e/transfers.py tests/e2e/recover.py tests/e2e/audit.py
E2E += tests/e2e/no_secrets.py tests/e2e/attacks.py tests/e2e/attacks_people.py
E2E += tests/e2e/mail.py tests/e2e/day_zero.py tests/e2e/samples.py
TESTS += $(E2E)
EXTRA_DIST += $(E2E)
EXTRA_DIST += tests/e2e/harness.py tests/e2e/terminal.py tests/e2e/wire.py tests/e2e/money.py

# The customer's guide, a file a chapter, sentence by sentence.
GUIDE = tests/guide/chapter1.py tests/guide/chapter2.py tests/guide/chapter3.py tests/guide/chapter4.py tests/guide/chapter5.py
TESTS += $(GUIDE)
EXTRA_DIST += $(GUIDE)
EXTRA_DIST += tests/e2e/harness.py tests/e2e/terminal.py tests/e2e/wire.py tests/e2e/promise_bank.py

# A host for PAM modules that follows a script, and a stand-in for a password module.
check_PROGRAMS += tests/pam_client
tests_pam_client_SOURCES = tests/pam_client.c tests/pam_client.h tests/pam_client_answers.c \
	tests/pam_client_host.c tests/pam_client_race.c
tests_pam_client_LDADD = $(LTLIBINTL) $(PAM_LIBS)
check_LTLIBRARIES += tests/pam_password.la
tests_pam_password_la_SOURCES = tests/pam_password.c
tests_pam_password_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared -rpath /nonexistent \
	-export-symbols-regex '^pam_sm_(authenticate|setcred)$$'
tests_pam_password_la_LIBADD = $(PAM_LIBS)

# The n-th call fails: for LD_PRELOAD.
check_LTLIBRARIES += tests/fault.la
tests_fault_la_SOURCES = tests/fault.c
tests_fault_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared -rpath /nonexistent
tests_fault_la_LIBADD = -ldl
check_LTLIBRARIES += tests/spelling.la
tests_spelling_la_SOURCES = tests/spelling.c
tests_spelling_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared -rpath /nonexistent

# Our translation, before it is installed (LD_PRELOAD); and after.
check_LTLIBRARIES += tests/catalogue.la
tests_catalogue_la_SOURCES = tests/catalogue.c
tests_catalogue_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared -rpath /nonexistent
tests_catalogue_la_LIBADD = $(LTLIBINTL)
installcheck-local:
	test -n '$(DESTDIR)' || PYTHONDONTWRITEBYTECODE=1 $(PYTHON) $(srcdir)/tests/e2e/japanese.py --installed $(sbindir)/otpadm

check_LTLIBRARIES += tests/trouble.la
tests_trouble_la_SOURCES = tests/trouble.c
tests_trouble_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared -rpath /nonexistent
tests_trouble_la_LIBADD = -ldl

# Crashes: kill -9 and power loss, on the real store.
check_LTLIBRARIES += tests/crash/shim.la
tests_crash_shim_la_SOURCES = tests/crash/shim.c
tests_crash_shim_la_LDFLAGS = -module -avoid-version -shared -rpath /nonexistent
tests_crash_shim_la_LIBADD = -ldl
check_LTLIBRARIES += tests/crash/fault.la
tests_crash_fault_la_SOURCES = tests/crash/fault.c
tests_crash_fault_la_LDFLAGS = -module -avoid-version -shared -rpath /nonexistent
tests_crash_fault_la_LIBADD = -ldl
TESTS += tests/crash/crash.py tests/crash/fault.py
EXTRA_DIST += tests/crash/crash.py tests/crash/fault.py tests/crash/history.py

# Times log-ins through real libpam (script/bench).
check_PROGRAMS += tests/bench/pam_bench
tests_bench_pam_bench_SOURCES = tests/bench/pam_bench.c
tests_bench_pam_bench_LDADD = lib/libtalk.la $(PAM_LIBS)
EXTRA_DIST += tests/bench/bench.py script/bench doc/BENCHMARKS.md
.PHONY: bench
bench: all tests/bench/pam_bench$(EXEEXT)
	@OTP_BUILD='$(abs_top_builddir)' PYTHON='$(PYTHON)' $(SHELL) $(srcdir)/script/bench $(BENCH_FLAGS)
