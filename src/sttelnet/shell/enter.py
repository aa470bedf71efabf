"""Starts a program where posix_spawn(3) cannot: in a directory, or as another user.

    python -I -S enter.py STATUS LOCALE DIRECTORY USER PROGRAM ARGUMENTS...

STATUS is the number of a pipe that a program does not inherit: why it could not be started is written there. LOCALE
is what LC_CTYPE was before this Python was started, which changes it (PEP 538); "" is nothing.
This file is run by itself and imports nothing of ours. Standard input is the slave of a pty already.
"""

import fcntl
import os
import signal
import sys
import termios

assert sys.platform != "win32"  # noqa: S101 - for the type checker: nothing below is there on Windows


def main() -> None:
    """Become the program."""
    status, locale, directory, user, *argv = sys.argv[1:]
    report = int(status)
    os.set_inheritable(report, False)
    failed = "the terminal cannot be taken"
    try:
        _take_terminal()
        _undo_python(locale)
        failed = f"the user {user} cannot be used"
        _become(user)
        failed = f"the directory {directory} cannot be entered"
        if directory:
            os.chdir(directory)
        failed = f"{argv[0]} cannot be started"
        os.execvp(argv[0], argv)  # noqa: S606 - no shell: what the config names
    except (OSError, KeyError) as error:
        reason = error.strerror if isinstance(error, OSError) else "there is no such user"
        os.write(report, f"{failed}: {reason}".encode("utf-8", "replace"))
        os._exit(127)


def _take_terminal() -> None:
    """Make the pty the controlling terminal. Opening it does that on Linux; elsewhere it is asked for."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR))
    except OSError:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _undo_python(locale: str) -> None:
    """Take back what the start of Python does to a process: a program is to find what the daemon has given."""
    os.environ.pop("LC_CTYPE", None)
    if locale:
        os.environ["LC_CTYPE"] = locale
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)


def _become(user: str) -> None:
    """Take on the rights of a user, and of no group but theirs, for good: all three ids (setresuid(2))."""
    if not user:
        return
    import pwd

    entry = pwd.getpwnam(user)
    if (os.getuid(), os.geteuid()) == (entry.pw_uid, entry.pw_uid):
        return
    os.fchown(0, entry.pw_uid, -1)  # as login(1) does: who opens the terminal by its name must be allowed to
    os.initgroups(entry.pw_name, entry.pw_gid)
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


if __name__ == "__main__":
    main()
