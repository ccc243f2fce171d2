# SPDX-License-Identifier: GPL-3.0-or-later
# Samples, whole files to copy: nothing of them is installed where it would take effect.
pamexampledir = $(docdir)/examples/pam.d
dist_pamexample_DATA = etc/pam.d/sshd etc/pam.d/sudo etc/pam.d/su etc/pam.d/login
