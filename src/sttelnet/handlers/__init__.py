"""The handlers that ship, by the names scripts use."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sttelnet.handlers import account, areas, files, host, listing, login, password, register, run, shell, transfer

HANDLERS: Mapping[str, Callable[..., object]] = {
    "STAccounts": account.STAccounts,
    "STArea": areas.STArea,
    "STAreaOpen": areas.STAreaOpen,
    "STAreas": areas.STAreas,
    "STBar": host.STBar,
    "STDownload": transfer.STDownload,
    "STErrors": listing.STErrors,
    "STFile": files.STFile,
    "STFileCard": areas.STFileCard,
    "STFileShow": areas.STFileShow,
    "STFiles": areas.STFiles,
    "STFilesMark": areas.STFilesMark,
    "STFilesSearch": areas.STFilesSearch,
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
    "STRun": run.STRun,
    "STServices": listing.STServices,
    "STShell": shell.STShell,
    "STSpark": host.STSpark,
    "STTerminal": listing.STTerminal,
    "STTransfers": areas.STTransfers,
    "STUpload": transfer.STUpload,
    "STVersion": listing.STVersion,
    "STWho": listing.STWho,
}
