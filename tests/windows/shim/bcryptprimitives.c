/* Rust's std imports ProcessPrng; Wine 8 has no bcryptprimitives.dll (Wine 10 has). */
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);   /* RtlGenRandom */
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE p, SIZE_T n)
{
    while (n) {
        ULONG c = n > 0x10000000 ? 0x10000000 : (ULONG)n;
        if (!SystemFunction036(p, c)) return FALSE;
        p += c; n -= c;
    }
    return TRUE;
}
