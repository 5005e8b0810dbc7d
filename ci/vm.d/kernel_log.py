"""What is wrong in the log of a guest's kernel. A pure function of its text."""
import re

# As the kernel begins its reports, whoever makes them: warnings, oopses, lockdep, KASAN, UBSAN,
# watchdogs. What it says of programs (segfaults, traps) is not among them.
COMPLAINTS = re.compile(
    r"\bWARNING: |\bBUG: |\bkernel BUG at |\bOops: |\bKernel panic\b"
    r"|\bUBSAN: |\bkmemleak: .*new suspected|\bunreferenced object\b"
    r"|\bgeneral protection fault, |\bUnable to handle kernel |\bunable to handle page fault\b"
    r"|\brefcount_t: |\blist_(add|del) corruption|\bRedzone overwritten"
    r"|\bpossible (circular|recursive|irq lock inversion)|\bINFO: (possible|suspicious|trying)"
    r"|\binconsistent lock state|\bsuspicious RCU usage|\block held when returning to user"
    r"|\bINFO: (task|rcu\S*) |\brcu: INFO: |\bsoft lockup|\bhard LOCKUP|\bself-detected stall"
    r"|\bscheduling while atomic|\bsleeping function called|\bbad unlock balance"
    r"|\bdouble fault|\bstack-protector: |\bODEBUG: |\bdebugfs: .*\balready present"
    r"|\bsysfs: cannot create duplicate")
TAINTS = "PFSRMBUDAWCIOELKXTN"  # by bit, as the kernel prints them


def complaints(text):
    """The lines that say that something is wrong, each once."""
    found = [line.strip() for line in text.splitlines() if COMPLAINTS.search(line)]
    return list(dict.fromkeys(found))


def taint_letters(taints, expected):
    """The letters of those that are not expected; empty if all is well."""
    wrong = taints & ~expected
    known = "".join(letter for bit, letter in enumerate(TAINTS) if wrong >> bit & 1)
    return known if wrong >> len(TAINTS) == 0 else known + "?"
