/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What <touchstone/lite_ipc_abi.h> needs of <stdint.h>, which a kernel build
 * does not have: the kernel's own types of the same names.
 */
#include <linux/types.h>
