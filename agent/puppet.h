/* puppet.h: a process of the case, with its threads.  Each task is a thread that does as it is
 * told; beside them is a keeper, which is never in the device, and a mourner, which ends the
 * process when the agent is gone. */
#ifndef TOUCHSTONE_AGENT_PUPPET_H
#define TOUCHSTONE_AGENT_PUPPET_H

/* The calling process, just forked or executed, becomes the puppet at `process` of the world's
 * table, its thread the task at `task`. */
_Noreturn void be_process(int process, int task);

/* What an executed program is called with, behind its name: this word, the world's file and
 * address, the place of the task. */
#define AGENT_EXEC_WORD "--exec"
_Noreturn void go_on_after_exec(char** words);

#endif
