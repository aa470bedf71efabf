"""`python -m sttelnet.zmodem`: send and receive over standard input and output, as `sz` and `rz` do."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sttelnet.zmodem.driver import drain
from sttelnet.zmodem.frames import LARGEST_SUBPACKET, USUAL_SUBPACKET
from sttelnet.zmodem.inbound import receive
from sttelnet.zmodem.link import Link
from sttelnet.zmodem.outbound import send
from sttelnet.zmodem.pipe import Pipe, opened
from sttelnet.zmodem.progress import Progress
from sttelnet.zmodem.receiver import Receiver
from sttelnet.zmodem.receiving import ReceiveOptions
from sttelnet.zmodem.sender import Sender
from sttelnet.zmodem.sending import SendOptions


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sttelnet.zmodem", description="ZModem over standard input and output"
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("-e", "--escape", action="store_true", help="escape every control character")
    common.add_argument("-q", "--quiet", action="store_true", help="say nothing on standard error")
    common.add_argument("-o", "--crc16", action="store_true", help="16 bits of CRC instead of 32")
    common.add_argument("--rubout", action="store_true", help="escape the byte 255, for telnet")
    commands = parser.add_subparsers(dest="command", required=True)
    sending = commands.add_parser("send", parents=[common], help="send files")
    sending.add_argument("-8", "--large", action="store_true", help="subpackets of 8,192 bytes instead of 1,024")
    sending.add_argument(
        "-w", "--window", type=int, default=0, metavar="BYTES", help="wait for an answer after so many"
    )
    sending.add_argument("files", type=Path, nargs="+", metavar="FILE")
    receiving = commands.add_parser("receive", parents=[common], help="receive files")
    receiving.add_argument("folder", type=Path, nargs="?", default=Path(), metavar="DIR", help="default: here")
    return parser


def _transfer(options: argparse.Namespace, pipe: Pipe, progress: Progress) -> int:
    link = Link(controls=options.escape, rubout=options.rubout)
    if options.command == "send":
        block = LARGEST_SUBPACKET if options.large else USUAL_SUBPACKET
        choices = SendOptions(link, block, max(0, options.window), crc32=not options.crc16)
        return send(Sender(choices), options.files, pipe, progress)
    return receive(Receiver(ReceiveOptions(link, crc32=not options.crc16)), options.folder, pipe, progress)


def main(arguments: list[str] | None = None) -> int:
    """Run; 0 where every file arrived."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command == "receive" and not options.folder.is_dir():
        parser.error(f"{options.folder} is no directory")
    source, sink = sys.stdin.fileno(), sys.stdout.fileno()
    # Where a terminal carries the transfer, standard error is most likely that terminal too.
    progress = Progress(bar=sys.stderr.isatty(), quiet=options.quiet or sys.stdin.isatty())
    bytes(1 << 20)  # glibc takes it for what is usual, and no longer gives every freed region back to the kernel
    with opened(source, sink) as pipe:
        failures = _transfer(options, pipe, progress)
        if failures and sys.stdin.isatty():
            drain(pipe)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
