"""Keeps a process from opening connections (Linux, seccomp(2)): the second fence before SERVICE.

Closing all files to it, which would hold everywhere, is no way: the engine opens those of a large store when it first
reads them.
"""

import ctypes
import errno
import platform
import struct

_ABI = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""Of an architecture: its number, and that of the system call `socket`."""

_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
_OTHER_ABI = 0x40000000  # x32 on x86_64


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def close_network() -> bool:
    """Refuse sockets to this thread and to those that it starts; False where the system cannot."""
    abi = _ABI.get(platform.machine()) if platform.system() == "Linux" else None
    if abi is None:
        return False
    steps = [
        (_LOAD, 0, 0, 4),  # the architecture
        (_EQUAL, 0, 4, abi[0]),
        (_LOAD, 0, 0, 0),  # the system call
        (_AT_LEAST, 2, 0, _OTHER_ABI),
        (_EQUAL, 1, 0, abi[1]),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    libc = ctypes.CDLL(None, use_errno=True)
    program = _Program(len(steps), code)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        return False
    return not libc.prctl(_SECCOMP, _FILTER, ctypes.byref(program), 0, 0)
