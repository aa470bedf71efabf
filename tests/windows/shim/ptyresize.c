/* ptyresize.exe COLS ROWS: set the size of the console this process is attached to. */
#include <windows.h>
#include <stdlib.h>
int main(int argc, char **argv)
{
    HANDLE h = CreateFileA("CONOUT$", GENERIC_READ | GENERIC_WRITE, 3, NULL, OPEN_EXISTING, 0, NULL);
    CONSOLE_SCREEN_BUFFER_INFO i; COORD c; SMALL_RECT r = {0, 0, 0, 0};
    if (argc != 3 || h == INVALID_HANDLE_VALUE || !GetConsoleScreenBufferInfo(h, &i)) return 1;
    c.X = (SHORT)atoi(argv[1]); c.Y = (SHORT)atoi(argv[2]);
    if (c.X < i.dwSize.X || c.Y < i.dwSize.Y) {   /* a buffer may not be smaller than its window */
        r.Right = (c.X < i.dwSize.X ? c.X : i.dwSize.X) - 1;
        r.Bottom = (c.Y < i.dwSize.Y ? c.Y : i.dwSize.Y) - 1;
        if (!SetConsoleWindowInfo(h, TRUE, &r)) return 2;
    }
    if (!SetConsoleScreenBufferSize(h, c)) return 3;
    r.Right = c.X - 1; r.Bottom = c.Y - 1;
    return SetConsoleWindowInfo(h, TRUE, &r) ? 0 : 4;
}
