"""The XML of WinSW, which runs a program as a service on Windows.

Its version 2 is told in doc/xmlConfigFile.md of its sources, version 3 in docs/xml-config-file.md.
"""

from __future__ import annotations

import subprocess
from xml.sax.saxutils import escape

from sttelnet.charset import one_line
from sttelnet.cli.installed import Service


def winsw(service: Service) -> str:
    """Return the XML that stands beside WinSW's program, of the same name."""
    python, *arguments = service.command
    folder = service.data if service.config is None else service.config.parent
    domain, _, user = service.user.rpartition("\\")
    domain, user = (domain, user) if user else ("NT AUTHORITY", "LocalService")
    account = (f"    <domain>{escape(domain)}</domain>\n" if domain else "") + f"    <user>{escape(user)}</user>\n"
    # What version 3 does not find it runs as LocalSystem, which may do anything.
    account += f"    <username>{escape(domain or '.')}\\{escape(user)}</username>\n"
    return f"""\
<!-- Save as sttelnet-service.xml beside WinSW's program, renamed to sttelnet-service.exe; then, as administrator:
       sttelnet-service install
       sttelnet-service start
     The account below must be able to write {_comment(str(service.data))}.
     WinSW 2 reads domain and user below, WinSW 3 username.
     The shell of STShell and the checks have that account's rights: give it no more than they shall have. -->
<service>
  <id>sttelnet</id>
  <name>sttelnet</name>
  <description>A telnet service for this host</description>
  <executable>{escape(python)}</executable>
  <arguments>{escape(subprocess.list2cmdline(arguments))}</arguments>
  <workingdirectory>{escape(str(folder))}</workingdirectory>
  <serviceaccount>
{account}  </serviceaccount>
  <startmode>Automatic</startmode>
  <onfailure action="restart" delay="10 sec"/>
  <resetfailure>1 hour</resetfailure>
  <stopparentprocessfirst>true</stopparentprocessfirst>
  <stoptimeout>{service.stop_seconds} sec</stoptimeout>
  <log mode="roll-by-size">
    <sizeThreshold>10240</sizeThreshold>
    <keepFiles>8</keepFiles>
  </log>
</service>
"""


def _comment(text: str) -> str:
    """Return text that may stand in a comment: XML 1.0, 2.5 has no "--" there."""
    return one_line(text).replace("--", "- -")
