"""Runs a program under the filter that systemd makes of a unit's SystemCallFilter=, RestrictAddressFamilies= and MemoryDenyWriteExecute=, but for
one thing: what is not allowed ends the process (SIGSYS), so that no refusal goes unnoticed.

    sandbox.py UID CALL,CALL,... FAMILY,FAMILY,... PROGRAM ARGUMENT...

Root becomes UID before: a service is not root, and root makes calls that others do not."""
import ctypes, glob, os, re, socket, struct, sys

headers = glob.glob("/usr/include/*/asm/unistd_64.h")
if not headers:
    sys.exit("no numbers of system calls: /usr/include/*/asm/unistd_64.h is missing (linux-libc-dev)")
numbers = dict(re.findall(r"#define __NR_(\w+) (\d+)", open(headers[0]).read()))
allowed = sorted({int(numbers[n]) for n in sys.argv[2].split(",") if n in numbers})
families = sorted({getattr(socket, f) for f in sys.argv[3].split(",")})
LOAD, EQUAL, BITS, RETURN = 0x20, 0x15, 0x45, 0x06
ALLOW, KILL = 0x7FFF0000, 0x80000000
code = []


def add(op, k, yes=0, no=0):
    code.append(struct.pack("HBBI", op, yes, no, k))


def only_for(name, body):
    """What `body` adds is for that call alone, and ends with a return."""
    global code
    before, code = code, []
    body()
    inner, code = code, before
    add(EQUAL, int(numbers[name]), 0, len(inner))
    code += inner


def family():
    add(LOAD, 16)
    for f in families:
        add(EQUAL, f, 0, 1)
        add(RETURN, ALLOW)
    add(RETURN, KILL)


def executable():
    add(LOAD, 32)
    add(BITS, 4, 0, 1)  # PROT_EXEC
    add(RETURN, KILL)
    add(RETURN, ALLOW)


add(LOAD, 0)
only_for("socket", family)
only_for("mprotect", executable)  # a static program: nothing is mapped to be run after the start
for n in allowed:
    add(EQUAL, n, 0, 1)
    add(RETURN, ALLOW)
add(RETURN, KILL)

if os.getuid() == 0:
    os.setgroups([])
    os.setgid(int(sys.argv[1]))
    os.setuid(int(sys.argv[1]))
libc = ctypes.CDLL(None, use_errno=True)
text = b"".join(code)
room = ctypes.create_string_buffer(text)
program = struct.pack("HxxxxxxP", len(code), ctypes.addressof(room))
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER = 38, 22, 2
if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, FILTER, ctypes.c_char_p(program)):
    sys.exit(f"no filter: {os.strerror(ctypes.get_errno())}")
os.execv(sys.argv[4], sys.argv[4:])
