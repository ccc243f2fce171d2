# SPDX-License-Identifier: GPL-3.0-or-later
# pam_otp.so: a guest in other programs. It links ground and talk, and shows the host its entries and nothing else;
# what of ground it does not call (setlocale, setenv and the like) is not in it.
pamexec_LTLIBRARIES = pam_module/pam_otp.la
pam_module_pam_otp_la_SOURCES = \
	pam_module/module.c pam_module/module.h \
	pam_module/options.c pam_module/options.h \
	pam_module/converse.c pam_module/converse.h \
	pam_module/auth.c pam_module/account.c pam_module/session.c
pam_module_pam_otp_la_CPPFLAGS = $(AM_CPPFLAGS) $(PAM_CFLAGS)
pam_module_pam_otp_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared -Wl,--gc-sections \
	-export-symbols-regex '^pam_sm_(authenticate|setcred|acct_mgmt|open_session|close_session)$$'
pam_module_pam_otp_la_LIBADD = lib/libtalk.la $(LTLIBINTL) $(PAM_LIBS)

# libtool's .la is of no use to PAM
install-exec-hook:
	rm -f '$(DESTDIR)$(pamexecdir)/pam_otp.la'
uninstall-hook:
	rm -f '$(DESTDIR)$(pamexecdir)/pam_otp.so'
