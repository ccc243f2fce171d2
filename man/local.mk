# SPDX-License-Identifier: GPL-3.0-or-later
dist_man_MANS += man/otpadm.conf.5 man/pam_otp.8 man/otpd.8 man/otpadm.8 man/otpadm-cron.7
