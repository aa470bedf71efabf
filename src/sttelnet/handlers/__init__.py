"""The handlers that ship, by the names scripts use."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sttelnet.handlers import account, login, password, register

HANDLERS: Mapping[str, Callable[..., object]] = {
    "STAccounts": account.STAccounts,
    "STLoginID": login.STLoginID,
    "STLoginPassword": login.STLoginPassword,
    "STLogoff": login.STLogoff,
    "STLogout": login.STLogout,
    "STMe": account.STMe,
    "STMemberLook": account.STMemberLook,
    "STMembers": account.STMembers,
    "STPasswordNew": password.STPasswordNew,
    "STPasswordOld": password.STPasswordOld,
    "STPasswordRepeat": password.STPasswordRepeat,
    "STProfile": account.STProfile,
    "STProfileSet": account.STProfileSet,
    "STRegisterID": register.STRegisterID,
    "STRegisterPassword": register.STRegisterPassword,
    "STRegisterRepeat": register.STRegisterRepeat,
    "STRegistration": register.STRegistration,
}
