"""Progress bars: one line drawn over and over, then three at a time."""

import sys

BLOCKS = " ▏▎▍▌▋▊▉█"


def bar(share: float, width: int = 40) -> str:
    eighths = int(share * width * 8)
    return ("█" * (eighths // 8) + BLOCKS[eighths % 8]).ljust(width)


for step in range(101):
    sys.stdout.write(f"\r{step:3d}%|{bar(step / 100)}| {step}/100 [{step / 7:.2f}s, 7.00it/s]")
sys.stdout.write("\n")
for step in range(31):
    for line in range(3):
        share = min(1.0, step * (line + 1) / 30)
        sys.stdout.write(f"\r\x1b[K\x1b[3{line + 1}mworker {line}\x1b[0m |{bar(share, 30)}|\n")
    sys.stdout.write("\x1b[3A" if step < 30 else "")
for step in range(60):
    sys.stdout.write(f"\repoch {step:2d} \x1b[38;2;{step * 4};128;200m{'━' * step}\x1b[0m")
    if step % 20 == 19:
        sys.stdout.write(f"\x1b[2K\rsaved after {step}\n")
print("done")
