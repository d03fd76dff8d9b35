"""The second wall around a process that evaluates what strangers send: no network, no new processes, few files.

A seccomp filter needs no privilege and takes away the calls; Landlock, where the kernel has it, leaves no file in
reach but the store. Neither can be undone by the process or its children. Only Linux has them.
"""

import ctypes
import os
import platform
import resource
import signal
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _MODE_FILTER = 1, 38, 22, 2
_EPERM, _ENOSYS = 1, 38

# Call numbers by machine (asm/unistd.h). clone stays for threads only; clone3 hides its flags, so it is "not there",
# and the C library falls back to clone.
_NETWORK = {
    "x86_64": {"socket": 41, "socketpair": 53, "connect": 42, "bind": 49, "listen": 50, "io_uring_setup": 425},
    "aarch64": {"socket": 198, "socketpair": 199, "connect": 203, "bind": 200, "listen": 201, "io_uring_setup": 425},
}
_PROCESSES = {
    "x86_64": {"execve": 59, "execveat": 322, "fork": 57, "vfork": 58, "ptrace": 101, "process_vm_readv": 310},
    "aarch64": {"execve": 221, "execveat": 281, "ptrace": 117, "process_vm_readv": 270},
}
_CLONE = {"x86_64": 56, "aarch64": 220}
_CLONE3, _CLONE_THREAD = 435, 0x10000
_AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32 = 0x40000000  # the second numbering of x86_64, refused whole

_LOAD, _EQUAL, _AT_LEAST, _HAS_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000, 0x80000000

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_READ = 0b1100  # READ_FILE, READ_DIR
_EVERYTHING = (1 << 14) - 1  # the file rights of Landlock's second version; the last lets links cross folders
_TRUNCATE = 1 << 14  # of its third: without it, any file can still be emptied by its path
_EXECUTE = 1
_VERSION_WANTED, _VERSION_TRUNCATE = 2, 3
_DEVICES = ("/dev/urandom", "/dev/null")


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent goes; stop at once where it is gone already."""
    parent = os.getppid()
    _libc().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def limit_memory(size: int) -> None:
    """Cap this process's private data at *size* bytes, and write no core file when it dies of it."""
    resource.setrlimit(resource.RLIMIT_DATA, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def leave_network() -> bool:
    """Refuse every call that reaches a network or starts a program, for good; say whether the kernel took it."""
    machine = platform.machine()
    if platform.system() != "Linux" or machine not in _AUDIT:
        return False
    program = _program(machine, [*_NETWORK[machine].values(), *_PROCESSES[machine].values()])
    filters = ctypes.create_string_buffer(program)
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(filters))
    libc = _libc()
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, header, 0, 0) == 0)


def leave_files(*readable: Path, writable: Path | None = None) -> bool:
    """Leave only the folders *readable* and *writable* in reach; say whether the kernel has Landlock."""
    libc = _libc()
    version = libc.syscall(_CREATE_RULESET, None, 0, 1)
    if version < _VERSION_WANTED:
        return False
    everything = _EVERYTHING | (_TRUNCATE if version >= _VERSION_TRUNCATE else 0)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    handled = struct.pack("Q", everything)
    ruleset = libc.syscall(_CREATE_RULESET, handled, len(handled), 0)
    if ruleset < 0:
        return False
    granted = [*((str(one), _READ) for one in readable), *((device, 0b110) for device in _DEVICES)]
    if writable:
        granted.append((str(writable), everything & ~_EXECUTE))
    for path, rights in granted:
        _grant(libc, ruleset, path, rights)
    done = libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0
    os.close(ruleset)
    return bool(done)


def code() -> list[Path]:
    """Return where the interpreter and its libraries lie: a library may load a part of itself late."""
    found = {Path(one) for one in (sys.prefix, sys.base_prefix, *sys.path) if one}
    return sorted(one for one in found if one.is_dir())


def _grant(libc: ctypes.CDLL, ruleset: int, path: str, rights: int) -> None:
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    rule = struct.pack("=Qi", rights, handle)
    libc.syscall(_ADD_RULE, ruleset, 1, rule, 0)
    os.close(handle)


def _program(machine: str, refused: Iterable[int]) -> bytes:
    """Assemble the filter: the wrong machine is killed, each refused call answers EPERM, all else runs."""
    code = [_step(_LOAD, 4), _jump(_EQUAL, _AUDIT[machine], 1, 0), _step(_RETURN, _KILL), _step(_LOAD, 0)]
    if machine == "x86_64":
        code += [_jump(_AT_LEAST, _X32, 0, 1), _step(_RETURN, _REFUSE | _EPERM)]
    for call in refused:
        code += [_jump(_EQUAL, call, 0, 1), _step(_RETURN, _REFUSE | _EPERM)]
    code += [_jump(_EQUAL, _CLONE3, 0, 1), _step(_RETURN, _REFUSE | _ENOSYS)]
    code += [_jump(_EQUAL, _CLONE[machine], 0, 3), _step(_LOAD, 16), _jump(_HAS_BIT, _CLONE_THREAD, 1, 0)]
    code += [_step(_RETURN, _REFUSE | _EPERM), _step(_RETURN, _ALLOW)]
    return b"".join(code)


def _step(code: int, value: int) -> bytes:
    return struct.pack("HBBI", code, 0, 0, value)


def _jump(code: int, value: int, then: int, otherwise: int) -> bytes:
    return struct.pack("HBBI", code, then, otherwise, value)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
