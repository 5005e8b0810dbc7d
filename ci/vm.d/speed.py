"""What lkm/testing/speed.c measured in guests, as ratios of one run, held against the bars. Times
of an emulated machine say nothing by themselves. Nor does one boot: kernel and module lie elsewhere
in each, and what shares a place in the tables of the emulator moves a time by up to a quarter."""
import statistics

BOOTS = 7  # of which the median counts
WAYS = ("lite_ipc", "binder", "seqpacket", "pipe", "bare")
# At least so many times as long as by /dev/lite_ipc: the way, bytes, CPUs, pairs, bar.
BARS = (("binder", 64, 1, 1, 2.0), ("binder", 64, 2, 1, 2.0),
        ("seqpacket", 64, 1, 1, 1.0), ("seqpacket", 64, 2, 1, 1.0))


def measurements(text):
    """Of one boot, by (way, bytes, cpus, pairs): microseconds of a round trip, how many times those
    of lite_ipc they are, trips a second."""
    times = {}
    for line in text.splitlines():
        columns = line.split("\t")
        if len(columns) == 6 and columns[0] in WAYS:
            way, size, cpus, pairs, time, rate = [columns[0], *map(int, columns[1:])]
            times[way, size, cpus, pairs] = (time / 1000, rate)
    return {(way, *row): (time, time / times["lite_ipc", *row][0], rate)
            for (way, *row), (time, rate) in times.items() if ("lite_ipc", *row) in times}


def medians(boots):
    """Of what all boots have measured."""
    common = [key for key in boots[0] if all(key in boot for boot in boots)]
    return {key: tuple(map(statistics.median, zip(*(boot[key] for boot in boots))))
            for key in common}


def table(found):
    lines = ["| bytes | CPUs | pairs | by | us | times lite_ipc | a second |",
             "| ---: | ---: | ---: | --- | ---: | ---: | ---: |"]
    for row in dict.fromkeys(key[1:] for key in found):
        for way in WAYS:
            if (way, *row) in found:
                time, ratio, rate = found[way, *row]
                lines.append(f"| {row[0]} | {row[1]} | {row[2]} | {way} | {time:.1f} "
                             f"| {ratio:.2f} | {rate:.0f} |")
    return lines


def missed(found):
    """Bars that were not reached, and those that could not be measured."""
    lines = []
    for way, size, cpus, pairs, bar in BARS:
        if (way, size, cpus, pairs) not in found:
            lines.append(f"MISSED: {way}, {size} bytes, {cpus} CPUs: not measured")
            continue
        ratio = found[way, size, cpus, pairs][1]
        if ratio < bar:
            lines.append(f"MISSED: {way} takes {ratio:.2f} times as long, {size} bytes, "
                         f"{cpus} CPUs; at least {bar} is wanted" + limit(found, way, size, cpus))
    return lines


def limit(found, way, size, cpus):
    """What no driver gets beyond on this host."""
    if ("bare", size, cpus, 1) not in found:
        return ""
    bare = found[way, size, cpus, 1][1] / found["bare", size, cpus, 1][1]
    return f", {bare:.2f} is what a bare driver has"
