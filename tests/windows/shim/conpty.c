/* conpty.dll for Wine 8: forwards the Conpty* calls pywinpty imports to kernel32's pseudo
   console API, which Wine implements with its own conhost. (Microsoft's conpty.dll and
   OpenConsole.exe, in the wheel, speak to Windows' ConDrv driver and cannot work here.) */
#define _WIN32_WINNT 0x0A00
#include <windows.h>
#include <winternl.h>
#include <stdio.h>
#include <string.h>
#define EXP __declspec(dllexport)
typedef HRESULT (WINAPI *create_t)(COORD, HANDLE, HANDLE, DWORD, void **);
typedef HRESULT (WINAPI *resize_t)(void *, COORD);
typedef void (WINAPI *close_t)(void *);
static FARPROC get(const char *n) { return GetProcAddress(GetModuleHandleA("kernel32.dll"), n); }
static HANDLE uin, uout;

/* An "unbound" console handle: it means the console of whichever process uses it. */
static HANDLE unbound(const WCHAR *path)
{
    UNICODE_STRING name; OBJECT_ATTRIBUTES attr; IO_STATUS_BLOCK io; HANDLE h = NULL;
    RtlInitUnicodeString(&name, path);
    InitializeObjectAttributes(&attr, &name, OBJ_INHERIT, NULL, NULL);
    NtCreateFile(&h, FILE_READ_DATA | FILE_WRITE_DATA | SYNCHRONIZE | FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES,
                 &attr, &io, NULL, FILE_ATTRIBUTE_NORMAL, 7, FILE_CREATE,
                 FILE_NON_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
    return h;
}

/* pywinpty asks for null std handles (STARTF_USESTDHANDLES), on which Windows opens handles on
   the child's pseudo console; Wine leaves them null and the child reads end of file at once. */
static BOOL WINAPI create_process(LPCWSTR app, LPWSTR cmd, LPSECURITY_ATTRIBUTES pa, LPSECURITY_ATTRIBUTES ta,
                                  BOOL inherit, DWORD flags, LPVOID env, LPCWSTR cwd,
                                  LPSTARTUPINFOW si, LPPROCESS_INFORMATION pi)
{
    if ((flags & EXTENDED_STARTUPINFO_PRESENT) && (!(si->dwFlags & STARTF_USESTDHANDLES) || !si->hStdInput)) {
        si->dwFlags |= STARTF_USESTDHANDLES;
        si->hStdInput = uin; si->hStdOutput = si->hStdError = uout;
    }
    return CreateProcessW(app, cmd, pa, ta, inherit, flags, env, cwd, si, pi);
}

static void patch(HMODULE mod)   /* the caller's import of CreateProcessW -> create_process */
{
    BYTE *b = (BYTE *)mod;
    IMAGE_NT_HEADERS *nt = (IMAGE_NT_HEADERS *)(b + ((IMAGE_DOS_HEADER *)b)->e_lfanew);
    IMAGE_IMPORT_DESCRIPTOR *d = (void *)(b + nt->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT].VirtualAddress);
    FARPROC real = get("CreateProcessW");
    for (; d->Name; d++)
        for (FARPROC *t = (void *)(b + d->FirstThunk); *t; t++)
            if (*t == real) {
                DWORD old;
                VirtualProtect(t, sizeof(*t), PAGE_READWRITE, &old);
                *t = (FARPROC)create_process;
                VirtualProtect(t, sizeof(*t), old, &old);
            }
}

EXP HRESULT WINAPI ConptyCreatePseudoConsole(COORD s, HANDLE in, HANDLE out, DWORD f, void **h)
{
    create_t p = (create_t)get("CreatePseudoConsole");
    if (!uin) {
        HMODULE mod;
        uin = unbound(L"\\Device\\ConDrv\\Input");
        uout = unbound(L"\\Device\\ConDrv\\Output");
        if (GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                               (LPCSTR)__builtin_return_address(0), &mod)) patch(mod);
    }
    return p ? p(s, in, out, f, h) : E_NOTIMPL;
}

/* Wine answers ResizePseudoConsole with E_NOTIMPL: a helper inside the console resizes it. */
EXP HRESULT WINAPI ConptyResizePseudoConsole(void *h, COORD s)
{
    char dir[MAX_PATH], cmd[MAX_PATH + 64], *slash, attr[256]; SIZE_T n = sizeof(attr);
    STARTUPINFOEXA si = {0}; PROCESS_INFORMATION pi; HMODULE mod; DWORD code = 1;
    resize_t p = (resize_t)get("ResizePseudoConsole");
    HRESULT hr = p ? p(h, s) : E_NOTIMPL;
    if (hr != E_NOTIMPL) return hr;
    GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                       (LPCSTR)ConptyResizePseudoConsole, &mod);
    GetModuleFileNameA(mod, dir, sizeof(dir));
    if ((slash = strrchr(dir, '\\'))) *slash = 0;
    snprintf(cmd, sizeof(cmd), "\"%s\\ptyresize.exe\" %d %d", dir, s.X, s.Y);
    si.StartupInfo.cb = sizeof(si);
    si.lpAttributeList = (LPPROC_THREAD_ATTRIBUTE_LIST)attr;
    if (!InitializeProcThreadAttributeList(si.lpAttributeList, 1, 0, &n) ||
        !UpdateProcThreadAttribute(si.lpAttributeList, 0, 0x00020016, h, sizeof(h), NULL, NULL)) return E_FAIL;
    if (!CreateProcessA(NULL, cmd, NULL, NULL, FALSE, EXTENDED_STARTUPINFO_PRESENT, NULL, NULL, &si.StartupInfo, &pi))
        return HRESULT_FROM_WIN32(GetLastError());
    WaitForSingleObject(pi.hProcess, 5000);
    GetExitCodeProcess(pi.hProcess, &code);
    CloseHandle(pi.hThread); CloseHandle(pi.hProcess);
    return code ? E_FAIL : S_OK;
}
EXP HRESULT WINAPI ConptyClosePseudoConsole(void *h)
{ close_t p = (close_t)get("ClosePseudoConsole"); if (p) p(h); return S_OK; }
EXP HRESULT WINAPI ConptyClearPseudoConsole(void *h) { (void)h; return S_OK; }
EXP HRESULT WINAPI ConptyShowHidePseudoConsole(void *h, BOOL show) { (void)h; (void)show; return S_OK; }
EXP HRESULT WINAPI ConptyReparentPseudoConsole(void *h, HWND w) { (void)h; (void)w; return S_OK; }
EXP HRESULT WINAPI ConptyReleasePseudoConsole(void *h) { (void)h; return S_OK; }
