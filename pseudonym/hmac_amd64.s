#include "textflag.h"

// HMAC-SHA-256 of two short messages at once, with the SHA extensions. One
// compression waits for its own rounds most of the time: two side by side take
// little longer than one. Nothing here depends on what key or message are.
//
//	X0      message words plus round constants
//	X1 X2   state of the first:  ABEF, CDGH
//	X3–X6   its message words
//	X7 X8   state of the second, X9–X12 its message words
//	X13     scratch             X14 what turns words to big-endian

// The round constants of FIPS 180-4, section 4.2.2.
DATA rounds<>+0x00(SB)/8, $0x71374491428a2f98
DATA rounds<>+0x08(SB)/8, $0xe9b5dba5b5c0fbcf
DATA rounds<>+0x10(SB)/8, $0x59f111f13956c25b
DATA rounds<>+0x18(SB)/8, $0xab1c5ed5923f82a4
DATA rounds<>+0x20(SB)/8, $0x12835b01d807aa98
DATA rounds<>+0x28(SB)/8, $0x550c7dc3243185be
DATA rounds<>+0x30(SB)/8, $0x80deb1fe72be5d74
DATA rounds<>+0x38(SB)/8, $0xc19bf1749bdc06a7
DATA rounds<>+0x40(SB)/8, $0xefbe4786e49b69c1
DATA rounds<>+0x48(SB)/8, $0x240ca1cc0fc19dc6
DATA rounds<>+0x50(SB)/8, $0x4a7484aa2de92c6f
DATA rounds<>+0x58(SB)/8, $0x76f988da5cb0a9dc
DATA rounds<>+0x60(SB)/8, $0xa831c66d983e5152
DATA rounds<>+0x68(SB)/8, $0xbf597fc7b00327c8
DATA rounds<>+0x70(SB)/8, $0xd5a79147c6e00bf3
DATA rounds<>+0x78(SB)/8, $0x1429296706ca6351
DATA rounds<>+0x80(SB)/8, $0x2e1b213827b70a85
DATA rounds<>+0x88(SB)/8, $0x53380d134d2c6dfc
DATA rounds<>+0x90(SB)/8, $0x766a0abb650a7354
DATA rounds<>+0x98(SB)/8, $0x92722c8581c2c92e
DATA rounds<>+0xa0(SB)/8, $0xa81a664ba2bfe8a1
DATA rounds<>+0xa8(SB)/8, $0xc76c51a3c24b8b70
DATA rounds<>+0xb0(SB)/8, $0xd6990624d192e819
DATA rounds<>+0xb8(SB)/8, $0x106aa070f40e3585
DATA rounds<>+0xc0(SB)/8, $0x1e376c0819a4c116
DATA rounds<>+0xc8(SB)/8, $0x34b0bcb52748774c
DATA rounds<>+0xd0(SB)/8, $0x4ed8aa4a391c0cb3
DATA rounds<>+0xd8(SB)/8, $0x682e6ff35b9cca4f
DATA rounds<>+0xe0(SB)/8, $0x78a5636f748f82ee
DATA rounds<>+0xe8(SB)/8, $0x8cc7020884c87814
DATA rounds<>+0xf0(SB)/8, $0xa4506ceb90befffa
DATA rounds<>+0xf8(SB)/8, $0xc67178f2bef9a3f7
GLOBL rounds<>(SB), RODATA|NOPTR, $256

DATA bigEndian<>+0x00(SB)/8, $0x0405060700010203
DATA bigEndian<>+0x08(SB)/8, $0x0c0d0e0f08090a0b
GLOBL bigEndian<>(SB), RODATA|NOPTR, $16

// The second half of the outer message: the padding of 64 + 32 bytes.
DATA padding<>+0x00(SB)/8, $0x0000000080000000
DATA padding<>+0x08(SB)/8, $0x0000000000000000
DATA padding<>+0x10(SB)/8, $0x0000000000000000
DATA padding<>+0x18(SB)/8, $0x0000030000000000
GLOBL padding<>(SB), RODATA|NOPTR, $32

#define FOUR(at, ma, mb) \
	VPADDD at(R8), ma, X0    \
	SHA256RNDS2 X0, X1, X2   \
	VPSHUFD $0x0E, X0, X0    \
	SHA256RNDS2 X0, X2, X1   \
	VPADDD at(R8), mb, X0    \
	SHA256RNDS2 X0, X7, X8   \
	VPSHUFD $0x0E, X0, X0    \
	SHA256RNDS2 X0, X8, X7

#define NEXT(a, b, c, d) \
	SHA256MSG1 b, a          \
	VPALIGNR $4, c, d, X13   \
	VPADDD X13, a, a         \
	SHA256MSG2 d, a

#define COMPRESS \
	FOUR(0x00, X3, X9)       \
	NEXT(X3, X4, X5, X6)     \
	NEXT(X9, X10, X11, X12)  \
	FOUR(0x10, X4, X10)      \
	NEXT(X4, X5, X6, X3)     \
	NEXT(X10, X11, X12, X9)  \
	FOUR(0x20, X5, X11)      \
	NEXT(X5, X6, X3, X4)     \
	NEXT(X11, X12, X9, X10)  \
	FOUR(0x30, X6, X12)      \
	NEXT(X6, X3, X4, X5)     \
	NEXT(X12, X9, X10, X11)  \
	FOUR(0x40, X3, X9)       \
	NEXT(X3, X4, X5, X6)     \
	NEXT(X9, X10, X11, X12)  \
	FOUR(0x50, X4, X10)      \
	NEXT(X4, X5, X6, X3)     \
	NEXT(X10, X11, X12, X9)  \
	FOUR(0x60, X5, X11)      \
	NEXT(X5, X6, X3, X4)     \
	NEXT(X11, X12, X9, X10)  \
	FOUR(0x70, X6, X12)      \
	NEXT(X6, X3, X4, X5)     \
	NEXT(X12, X9, X10, X11)  \
	FOUR(0x80, X3, X9)       \
	NEXT(X3, X4, X5, X6)     \
	NEXT(X9, X10, X11, X12)  \
	FOUR(0x90, X4, X10)      \
	NEXT(X4, X5, X6, X3)     \
	NEXT(X10, X11, X12, X9)  \
	FOUR(0xa0, X5, X11)      \
	NEXT(X5, X6, X3, X4)     \
	NEXT(X11, X12, X9, X10)  \
	FOUR(0xb0, X6, X12)      \
	NEXT(X6, X3, X4, X5)     \
	NEXT(X12, X9, X10, X11)  \
	FOUR(0xc0, X3, X9)       \
	FOUR(0xd0, X4, X10)      \
	FOUR(0xe0, X5, X11)      \
	FOUR(0xf0, X6, X12)

// func hmacPair(a, b *padStates, ma, mb *[64]byte, out *[2][16]byte)
TEXT ·hmacPair(SB), NOSPLIT, $0-40
	MOVQ a+0(FP), AX
	MOVQ b+8(FP), BX
	MOVQ ma+16(FP), SI
	MOVQ mb+24(FP), DI
	MOVQ out+32(FP), DX
	LEAQ rounds<>(SB), R8
	VMOVDQU bigEndian<>(SB), X14
	VMOVDQU 0(AX), X1
	VMOVDQU 16(AX), X2
	VMOVDQU 0(BX), X7
	VMOVDQU 16(BX), X8
	VMOVDQU 0(SI), X3
	VMOVDQU 16(SI), X4
	VMOVDQU 32(SI), X5
	VMOVDQU 48(SI), X6
	VPSHUFB X14, X3, X3
	VPSHUFB X14, X4, X4
	VPSHUFB X14, X5, X5
	VPSHUFB X14, X6, X6
	VMOVDQU 0(DI), X9
	VMOVDQU 16(DI), X10
	VMOVDQU 32(DI), X11
	VMOVDQU 48(DI), X12
	VPSHUFB X14, X9, X9
	VPSHUFB X14, X10, X10
	VPSHUFB X14, X11, X11
	VPSHUFB X14, X12, X12
	COMPRESS
	VPADDD 0(AX), X1, X1
	VPADDD 16(AX), X2, X2
	VPADDD 0(BX), X7, X7
	VPADDD 16(BX), X8, X8

	// the inner digests, A to H, are the first half of the outer messages
	VPSHUFD $0x1B, X1, X1
	VPSHUFD $0x1B, X2, X2
	VPUNPCKLQDQ X2, X1, X3
	VPUNPCKHQDQ X2, X1, X4
	VMOVDQU padding<>+0(SB), X5
	VMOVDQU padding<>+16(SB), X6
	VPSHUFD $0x1B, X7, X7
	VPSHUFD $0x1B, X8, X8
	VPUNPCKLQDQ X8, X7, X9
	VPUNPCKHQDQ X8, X7, X10
	VMOVDQA X5, X11
	VMOVDQA X6, X12
	VMOVDQU 32(AX), X1
	VMOVDQU 48(AX), X2
	VMOVDQU 32(BX), X7
	VMOVDQU 48(BX), X8
	COMPRESS
	VPADDD 32(AX), X1, X1
	VPADDD 48(AX), X2, X2
	VPADDD 32(BX), X7, X7
	VPADDD 48(BX), X8, X8
	VPSHUFD $0x1B, X1, X1
	VPSHUFD $0x1B, X2, X2
	VPUNPCKLQDQ X2, X1, X1
	VPSHUFB X14, X1, X1
	VMOVDQU X1, 0(DX)
	VPSHUFD $0x1B, X7, X7
	VPSHUFD $0x1B, X8, X8
	VPUNPCKLQDQ X8, X7, X7
	VPSHUFB X14, X7, X7
	VMOVDQU X7, 16(DX)

	// leave no message or key behind
	VPXOR X1, X1, X1
	VPXOR X2, X2, X2
	VPXOR X3, X3, X3
	VPXOR X4, X4, X4
	VPXOR X7, X7, X7
	VPXOR X8, X8, X8
	VPXOR X9, X9, X9
	VPXOR X10, X10, X10
	RET

// func sevenB() uint32
TEXT ·sevenB(SB), NOSPLIT, $0-4
	XORL AX, AX
	CPUID
	CMPL AX, $7
	JB none
	MOVL $7, AX
	XORL CX, CX
	CPUID
	MOVL BX, ret+0(FP)
	RET
none:
	MOVL $0, ret+0(FP)
	RET
