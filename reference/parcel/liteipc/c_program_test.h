/* c_program_test.h: the C program of c_program_test.c, for a test in C++ to run. */
#ifndef LITEIPC_C_PROGRAM_TEST_H
#define LITEIPC_C_PROGRAM_TEST_H

#ifdef __cplusplus
extern "C" {
#endif

/* 0, or the number of the check that did not hold. */
int run_legacy_c_program(void);

#ifdef __cplusplus
}
#endif

#endif
