# SPDX-License-Identifier: GPL-3.0-or-later
# Unit tests: one program a lib file, cmocka, TAP. Add the name to UNIT and nothing else.
UNIT =

if HAVE_CMOCKA
check_PROGRAMS += $(UNIT)
TESTS += $(UNIT)
endif
UNIT_LIBS = lib/libcore.la lib/libedges.la lib/libtalk.la $(CMOCKA_LIBS)

# Tests that run the real programs.
E2E =
TESTS += $(E2E)
EXTRA_DIST += $(E2E)
