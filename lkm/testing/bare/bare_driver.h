/* SPDX-License-Identifier: GPL-2.0 */
/* The calls of /dev/bare. The argument of each but the first is the address of
 * BARE_WORDS words of 64 bits.
 */
#ifndef BARE_DRIVER_H
#define BARE_DRIVER_H

#include <linux/ioctl.h>

#define BARE_WORDS 8
#define BARE_BEGIN _IO(0xb5, 0)	 /* a new pair: what the last one has left is forgotten */
#define BARE_CALL _IO(0xb5, 1)	 /* gives to the service, takes what it answers */
#define BARE_WAIT _IO(0xb5, 2)	 /* takes what a client gave */
#define BARE_REPLY _IO(0xb5, 3) /* gives to the client */

#endif
