"""The handlers that ship, by the names scripts use."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sttelnet.handlers import account, files, host, listing, login, password, register

HANDLERS: Mapping[str, Callable[..., object]] = {
    "STAccounts": account.STAccounts,
    "STBar": host.STBar,
    "STErrors": listing.STErrors,
    "STFile": files.STFile,
    "STHealth": host.STHealth,
    "STHost": host.STHost,
    "STLoginID": login.STLoginID,
    "STLoginPassword": login.STLoginPassword,
    "STLogoff": login.STLogoff,
    "STLogout": login.STLogout,
    "STMe": account.STMe,
    "STMemberLook": account.STMemberLook,
    "STMembers": account.STMembers,
    "STNews": files.STNews,
    "STPasswordNew": password.STPasswordNew,
    "STPasswordOld": password.STPasswordOld,
    "STPasswordRepeat": password.STPasswordRepeat,
    "STProcesses": listing.STProcesses,
    "STProfile": account.STProfile,
    "STProfileSet": account.STProfileSet,
    "STRegisterID": register.STRegisterID,
    "STRegisterPassword": register.STRegisterPassword,
    "STRegisterRepeat": register.STRegisterRepeat,
    "STRegistration": register.STRegistration,
    "STServices": listing.STServices,
    "STSpark": host.STSpark,
    "STTerminal": listing.STTerminal,
    "STVersion": listing.STVersion,
    "STWho": listing.STWho,
}
