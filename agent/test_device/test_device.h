/* test_device.h: what the agent's test device does for a command word; in C++ too.  For tests only.
 */
#ifndef TOUCHSTONE_AGENT_TEST_DEVICE_H
#define TOUCHSTONE_AGENT_TEST_DEVICE_H

enum test_device_command {
  test_device_give = 1,      /* returns its argument */
  test_device_sleep = 2,     /* sleeps until it is woken, then returns the waker's argument */
  test_device_wake = 3,      /* wakes one that sleeps */
  test_device_work = 4,      /* keeps a processor busy for so many milliseconds, returns 4 */
  test_device_rest = 5,      /* sleeps for so many milliseconds by itself, returns 5 */
  test_device_fault = 6,     /* is a bug: touches memory that is not there */
  test_device_never = 7,     /* is a bug: never ends, nor sleeps */
  test_device_wake_late = 8, /* works for so many milliseconds, then wakes one that sleeps */
  test_device_fault_late =
      9 /* as test_device_fault; the signal is pending for so many milliseconds */
};

#endif
