"""What lkm/testing/speed.c measured in a guest, as ratios of one run, held against the bars. Times
of an emulated machine say nothing by themselves."""

WAYS = ("lite_ipc", "binder", "seqpacket", "pipe")
# At least so many times as long as by /dev/lite_ipc: the way, bytes, CPUs, pairs, bar.
BARS = (("binder", 64, 1, 1, 2.0), ("binder", 64, 2, 1, 2.0),
        ("seqpacket", 64, 1, 1, 1.0), ("seqpacket", 64, 2, 1, 1.0))


def measurements(text):
    """(way, bytes, cpus, pairs): microseconds of a round trip, trips a second."""
    found = {}
    for line in text.splitlines():
        columns = line.split("\t")
        if len(columns) == 6 and columns[0] in WAYS:
            way, size, cpus, pairs, time, rate = [columns[0], *map(int, columns[1:])]
            found[way, size, cpus, pairs] = (time / 1000, rate)
    return found


def table(found):
    lines = ["| bytes | CPUs | pairs | by | us | times lite_ipc | a second |",
             "| ---: | ---: | ---: | --- | ---: | ---: | ---: |"]
    rows = dict.fromkeys(key[1:] for key in found)
    for row in rows:
        for way in WAYS:
            if (way, *row) not in found:
                continue
            time, rate = found[way, *row]
            ratio = time / found["lite_ipc", *row][0]
            lines.append(f"| {row[0]} | {row[1]} | {row[2]} | {way} | {time:.1f} | {ratio:.2f} | "
                         f"{rate} |")
    return lines


def missed(found):
    """Bars that were not reached, and those that could not be measured."""
    lines = []
    for way, size, cpus, pairs, bar in BARS:
        row = (size, cpus, pairs)
        if (way, *row) not in found or ("lite_ipc", *row) not in found:
            lines.append(f"MISSED: {way}, {size} bytes, {cpus} CPUs: not measured")
            continue
        ratio = found[way, *row][0] / found["lite_ipc", *row][0]
        if ratio < bar:
            lines.append(f"MISSED: {way} takes {ratio:.2f} times as long, {size} bytes, "
                         f"{cpus} CPUs; at least {bar} is wanted")
    return lines
