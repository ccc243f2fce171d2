# SPDX-License-Identifier: GPL-3.0-or-later
# Samples, whole files to copy: nothing of them is installed where it would take effect.
pamexampledir = $(docdir)/examples/pam.d
dist_pamexample_DATA = etc/pam.d/sshd etc/pam.d/sudo etc/pam.d/su etc/pam.d/login

# every key of lib/conf.def with its default; where those are paths, they are this build's
exampledir = $(docdir)/examples
nodist_example_DATA = etc/otpadm.conf
EXTRA_DIST += etc/otpadm.conf.in
CLEANFILES += etc/otpadm.conf
etc/otpadm.conf: etc/otpadm.conf.in Makefile
	$(AM_V_GEN)$(MKDIR_P) etc && sed -e 's|@store@|$(localstatedir)/lib/otpadm/store|' \
		-e 's|@keys@|$(sysconfdir)/otpadm/keys|' -e 's|@state@|$(localstatedir)/lib/otpadm/state|' \
		-e 's|@socket@|$(runstatedir)/otpadm/otpd.sock|' -e 's|@otpd@|$(pkglibexecdir)/otpd|' \
		-e 's|@config@|$(sysconfdir)/otpadm/otpadm.conf|' \
		$(srcdir)/etc/otpadm.conf.in > $@.tmp && mv $@.tmp $@

# the promise that `otpadm -o json` keeps
schemadir = $(pkgdatadir)/schema
dist_schema_DATA = etc/schema/otpadm-1.json

# systemd: installed where it takes effect only if --with-systemdsystemunitdir says where that is
jobs = etc/systemd/otpadm-notify.service etc/systemd/otpadm-notify.timer \
	etc/systemd/otpadm-execute.service etc/systemd/otpadm-execute.timer \
	etc/systemd/otpadm-import.service etc/systemd/otpadm-import.timer \
	etc/systemd/otpadm-report.service etc/systemd/otpadm-report.timer
units = etc/systemd/otpd.socket etc/systemd/otpd.service $(jobs)
tmpfiles = etc/tmpfiles.d/otpadm.conf
sysusers = etc/sysusers.d/otpadm.conf
noinst_DATA = $(units) $(tmpfiles) $(sysusers)
CLEANFILES += $(units) $(tmpfiles) $(sysusers)
EXTRA_DIST += $(units:=.in) $(cronsample).in \
	etc/tmpfiles.d/otpadm.conf.in etc/sysusers.d/otpadm.conf.in
if INSTALL_UNITS
nodist_systemdsystemunit_DATA = $(units)
tmpfilesdir = $(systemdsystemunitdir)/../../tmpfiles.d
nodist_tmpfiles_DATA = $(tmpfiles)
sysusersdir = $(systemdsystemunitdir)/../../sysusers.d
nodist_sysusers_DATA = $(sysusers)
endif
# the same for cron: a sample
cronsample = etc/cron.d/otpadm
cronexampledir = $(docdir)/examples/cron.d
nodist_cronexample_DATA = $(cronsample)
CLEANFILES += $(cronsample)
$(units) $(tmpfiles) $(sysusers) $(cronsample): %: %.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && sed -e 's|@otpd@|$(pkglibexecdir)/otpd|' \
		-e 's|@config@|$(sysconfdir)/otpadm/otpadm.conf|' -e 's|@configdir@|$(sysconfdir)/otpadm|' \
		-e 's|@keys@|$(sysconfdir)/otpadm/keys|' -e 's|@state@|$(localstatedir)/lib/otpadm/state|' \
		-e 's|@sbindir@|$(sbindir)|' -e 's|@statedir@|$(localstatedir)/lib/otpadm|' -e 's|@rundir@|$(runstatedir)/otpadm|' \
		-e 's|@socket@|$(runstatedir)/otpadm/otpd.sock|' \
		$(srcdir)/$@.in > $@.tmp && mv $@.tmp $@
