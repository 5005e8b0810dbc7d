"""The reports of guests that shared a suite, put together as if one guest had played all of it."""
import json
import xml.etree.ElementTree as ElementTree

GOOD = ("pass", "quirk", "unsupported", "waived")


def merge_junit(files, target):
    root = ElementTree.Element("testsuites", name="touchstone")
    for file in files:
        root.extend(ElementTree.parse(file).getroot())
    ElementTree.ElementTree(root).write(target, encoding="UTF-8", xml_declaration=True)


def merge_json(files, target):
    parts = [json.loads(file.read_text()) for file in files]
    whole = dict(parts[0])
    whole["summary"] = {word: sum(part["summary"][word] for part in parts)
                        for word in parts[0]["summary"]}
    whole["exit_status"] = max(part["exit_status"] for part in parts)
    whole["lost"] = "; ".join(filter(None, (part["lost"] for part in parts)))
    for name in ("cases", "malformed", "waiver_findings"):
        whole[name] = [one for part in parts for one in part[name]]
    target.write_text(json.dumps(whole, indent=1) + "\n")
    return whole


def merge(folder, name, parts):
    """NAME.junit.xml and NAME.json from what the guests NAME-1.. brought back; words for people,
    which say how many guests brought nothing."""
    guests = [folder / f"{name}-{part}" for part in range(1, parts + 1)]
    there = [guest for guest in guests if (guest / "report.json").exists()]
    words = []
    if there:
        merge_junit([guest / "junit.xml" for guest in there], folder / f"{name}.junit.xml")
        whole = merge_json([guest / "report.json" for guest in there], folder / f"{name}.json")
        words = [f"{count} {word}" for word, count in whole["summary"].items() if count]
        words += [case["id"] for case in whole["cases"]
                  if case["verdict"] not in GOOD]
    if len(there) < parts:
        words.append(f"{parts - len(there)} of {parts} guests brought no report")
    return f"{name}: {', '.join(words)}"
