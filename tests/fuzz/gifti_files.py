"""GIfTI files that are written by hand: any attributes, any payload, and those that must be refused."""

import base64
import zlib

from hypothesis import strategies as st

N = 12  # vertices of a hemisphere


def gifti(data: str = "", n: object = 1, before: str = "", **attributes: object) -> bytes:
    """A GIfTI file of arrays of one kind, with attributes in place of the usual ones; None leaves one out."""
    usual = {
        "Intent": "NIFTI_INTENT_NONE", "DataType": "NIFTI_TYPE_FLOAT32", "ArrayIndexingOrder": "RowMajorOrder",
        "Dimensionality": 1, "Dim0": N, "Encoding": "GZipBase64Binary", "Endian": "LittleEndian",
        "ExternalFileName": "", "ExternalFileOffset": "",
    }  # fmt: skip
    listed = " ".join(f'{key}="{value}"' for key, value in {**usual, **attributes}.items() if value is not None)
    text = f"{before}<GIFTI Version='1.0' NumberOfDataArrays='{n}'><DataArray {listed}><Data>{data}</Data></DataArray>"
    return f"{text}</GIFTI>".encode()


def packed(content: bytes) -> str:
    """Bytes as GIfTI files have them."""
    return base64.b64encode(zlib.compress(content, 9)).decode()


DIMENSIONS = st.sampled_from([0, 1, 2, 3, N - 1, N, N + 1, 2 * N, 10**6, 10**8, 10**12, -1, "12.0", "١٢", "", None])
GIFTIS = st.builds(
    gifti,
    data=st.one_of(
        st.binary(max_size=64).map(packed),
        st.binary(min_size=4 * N, max_size=4 * N).map(packed),
        st.binary(min_size=8 * N, max_size=8 * N).map(packed),
        st.binary(max_size=4 * N).map(lambda content: base64.b64encode(content).decode()),
        st.lists(st.sampled_from(["0", "1", "-1.5", "nan", "1e39", "#", "x"]), max_size=14).map(" ".join),
        st.sampled_from(["", "<![CDATA[1 2 3]]>", "&amp;", "<Data>", "=" * 40, packed(bytes(10**7))]),
    ),
    n=st.sampled_from([1, 1, 1, 0, 2, 10**12, "", "one"]),
    before=st.sampled_from(["", "<?xml version='1.0' encoding='UTF-8'?>", "<?xml version='1.0' encoding='x'?>",
                            "<!DOCTYPE GIFTI SYSTEM 'gifti.dtd'>", "<!DOCTYPE G [<!ENTITY a 'aaaa'>]>",
                            "<!DOCTYPE G [<!ENTITY % a SYSTEM 'file:///etc/passwd'> %a;]>"]),
    Dimensionality=st.sampled_from([1, 1, 1, 2, 0, 3, 10**9, "x"]),
    Dim0=DIMENSIONS | st.just(N),
    Dim1=DIMENSIONS,
    DataType=st.sampled_from([f"NIFTI_TYPE_{kind}" for kind in ("FLOAT32", "UINT8", "INT32", "FLOAT64", "COMPLEX64")]),
    Encoding=st.sampled_from(["GZipBase64Binary", "Base64Binary", "ASCII", "ExternalFileBinary", "x", None]),
    Endian=st.sampled_from(["LittleEndian", "BigEndian", "", None]),
    ArrayIndexingOrder=st.sampled_from(["RowMajorOrder", "ColumnMajorOrder", "x"]),
    Intent=st.sampled_from([f"NIFTI_INTENT_{kind}" for kind in ("NONE", "TIME_SERIES", "LABEL", "POINTSET", "x")]),
    ExternalFileName=st.sampled_from(["", "../../etc/passwd", "/etc/passwd", "/dev/zero", ".", "sub-01.func.gii", "x"]),
    ExternalFileOffset=st.sampled_from(["", "0", "-1", "7", str(10**12), str(2**70), "x"]),
)  # fmt: skip
BOMB = "<!DOCTYPE G [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
    f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefghi", "bcdefghij", strict=True)
) + "]>"  # fmt: skip
HOSTILE_GIFTI = {
    "entities": gifti("&j;", before=BOMB),
    "another file": gifti("&a;", before="<!DOCTYPE G [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"),
    "values in another file": gifti(Encoding="ExternalFileBinary", ExternalFileName="../../etc/passwd"),
    "promises 10**12 values": gifti(packed(b""), Dim0=10**12),
    "a payload that unpacks to more": gifti(packed(bytes(3 * 10**7))),
    "base64 with letters between": gifti(packed(bytes(4 * N))[:8] + "*" + packed(bytes(4 * N))[8:]),
    "a key of a label that is none": gifti(packed(bytes(4 * N))).replace(
        b"<DataArray", b"<LabelTable><Label Key='1_0'>A</Label></LabelTable><DataArray", 1
    ),
    "a comment without an end": gifti(packed(bytes(4 * N)), before="<!--" + "x" * 2**23),
}
