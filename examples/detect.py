"""detect.py DETECTOR PHOTOGRAPH...: the library from Python, with nothing but ctypes. LIBSIMPLENET names another library
than the one that is installed."""
import ctypes
import os
import sys


class Detection(ctypes.Structure):
    """SnDetection of simplenet.h."""

    _fields_ = [
        ("score", ctypes.c_double),
        ("threshold", ctypes.c_double),
        ("verdict", ctypes.c_int),
        ("normalised", ctypes.c_double),
        ("map_height", ctypes.c_int64),
        ("map_width", ctypes.c_int64),
        ("map", ctypes.POINTER(ctypes.c_float)),
        ("left", ctypes.c_double),
        ("top", ctypes.c_double),
        ("width", ctypes.c_double),
        ("height", ctypes.c_double),
    ]


VERDICTS = ["no threshold", "good", "defective"]


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    library = ctypes.CDLL(os.environ.get("LIBSIMPLENET", "libsimplenet.so.1"))
    library.sn_detector_open.restype = ctypes.c_void_p
    library.sn_detector_open.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    library.sn_detector_detect_file.restype = ctypes.c_bool
    library.sn_detector_detect_file.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.POINTER(Detection)]
    library.sn_detector_close.argtypes = [ctypes.c_void_p]
    library.sn_error.restype = ctypes.c_char_p
    detector = library.sn_detector_open(os.fsencode(sys.argv[1]), None)
    if not detector:
        sys.exit(library.sn_error().decode())
    failures = 0
    for path in sys.argv[2:]:
        found = Detection()
        if library.sn_detector_detect_file(detector, os.fsencode(path), ctypes.byref(found)):
            print(f"{path}: {found.score:.4f} {VERDICTS[found.verdict]}")
        else:
            print(library.sn_error().decode(), file=sys.stderr)
            failures += 1
    library.sn_detector_close(detector)
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
