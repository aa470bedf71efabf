"""Is the clock sane? A check in Python: print a line, exit 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.

A clock that was reset to its first day breaks certificates, log-ins and backups. This one compares it with the newest
file the Python that runs it is made of: time does not go back behind that.
"""

import os
import sys
import time

made = os.path.getmtime(os.__file__)
days = (time.time() - made) / 86400

if days < -1:
    print(f"the clock is {-days:.0f} days behind the files of this system | days={days:.1f};-1:;-1:")
    sys.exit(2)
print(f"{time.strftime('%Y-%m-%d %H:%M')}, {days:.0f} days after this system was made | days={days:.1f};-1:;-1:")
