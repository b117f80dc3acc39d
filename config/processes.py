"""Child processes: as whom they run, how they end with us, how they are stopped in order."""

import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

# PostgreSQL refuses to run as root; as root we hand it to this account, which every Unix has.
SERVICE_ACCOUNT = "nobody"


class CannotStart(Exception):
    """Raised with a message for the person at the keyboard."""


def as_service_account(paths: list[Path]) -> list[str]:
    """Command prefix under which PostgreSQL runs: nothing for a plain user, another account for root.

    A checkout may lie where only root can look (/root, a private temporary folder). Then the server keeps
    root's right to pass through folders, instead of the folders being opened for everybody.
    """
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        raise CannotStart(
            "As root this needs the program setpriv (package util-linux). Or run as a plain user."
        )
    account = pwd.getpwnam(SERVICE_ACCOUNT)
    prefix = ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
    hidden = any(not folder.stat().st_mode & 0o001 for path in paths for folder in _way_to(path))
    if hidden:
        # Without no_setuid_fixup the kernel hides that right from access(), which initdb asks.
        prefix += [
            "--inh-caps=+dac_override",
            "--ambient-caps=+dac_override",
            "--securebits=+no_setuid_fixup",
        ]
    return prefix


def _way_to(path: Path) -> list[Path]:
    resolved = path.resolve()
    return [resolved, *resolved.parents]


def ends_with_us(signal_name: str) -> list[str]:
    """Command prefix by which the kernel stops the server should this process be killed outright."""
    return ["setpriv", f"--pdeathsig={signal_name}"] if shutil.which("setpriv") else []


def spawn(command: list[str], log: Path) -> subprocess.Popen[bytes]:
    """Start in a session of its own: Ctrl-C at the terminal reaches us, and we stop the servers in order."""
    with log.open("ab") as output:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/",
            env=plain_environment(), start_new_session=True,
        )  # fmt: skip


def plain_environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def refuse_dead(process: subprocess.Popen[bytes], what: str, log: Path) -> None:
    if process.poll() is not None:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-5:])
        raise CannotStart(f"{what} ended with code {process.returncode}. The end of {log}:\n{tail}")


def stop(process: subprocess.Popen[bytes], stop_signal: signal.Signals) -> None:
    for number, patience in ((stop_signal, 30), (signal.SIGQUIT, 10), (signal.SIGKILL, 10)):
        if process.poll() is not None:
            return
        process.send_signal(number)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue
