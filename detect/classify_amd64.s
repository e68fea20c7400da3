#include "textflag.h"

// A window is made as follows. Its 64 bytes are looked up in the table of
// classes, 128 entries for each half (VPERMI2B), so that every byte is its
// classes as bits. Eight bytes are a matrix of 8 by 8 bits; as the matrix of an
// affine map over GF(2), applied to the unit vectors, it is turned into its
// columns, last row first, for which the bytes were turned round before
// (VPSHUFB, VGF2P8AFFINEQB). Last the bytes of one class, one in each eight, are
// put side by side (VPERMB).

// The bytes of each eight, last first.
DATA turned<>+0(SB)/8, $0x0001020304050607
DATA turned<>+8(SB)/8, $0x08090a0b0c0d0e0f
DATA turned<>+16(SB)/8, $0x0001020304050607
DATA turned<>+24(SB)/8, $0x08090a0b0c0d0e0f
DATA turned<>+32(SB)/8, $0x0001020304050607
DATA turned<>+40(SB)/8, $0x08090a0b0c0d0e0f
DATA turned<>+48(SB)/8, $0x0001020304050607
DATA turned<>+56(SB)/8, $0x08090a0b0c0d0e0f
GLOBL turned<>(SB), RODATA|NOPTR, $64

// The unit vectors.
DATA units<>+0(SB)/8, $0x8040201008040201
GLOBL units<>(SB), RODATA|NOPTR, $8

// Byte c of eight eights, for c from 0 to 7.
DATA columns<>+0(SB)/8, $0x3830282018100800
DATA columns<>+8(SB)/8, $0x3931292119110901
DATA columns<>+16(SB)/8, $0x3a322a221a120a02
DATA columns<>+24(SB)/8, $0x3b332b231b130b03
DATA columns<>+32(SB)/8, $0x3c342c241c140c04
DATA columns<>+40(SB)/8, $0x3d352d251d150d05
DATA columns<>+48(SB)/8, $0x3e362e261e160e06
DATA columns<>+56(SB)/8, $0x3f372f271f170f07
GLOBL columns<>(SB), RODATA|NOPTR, $64

// func classifyVBMI(bits *[256]uint8, w *window, n int, t *byte, size int)
TEXT ·classifyVBMI(SB), NOSPLIT, $0-40
	MOVQ bits+0(FP), AX
	MOVQ w+8(FP), DI
	MOVQ n+16(FP), CX
	MOVQ t+24(FP), SI
	MOVQ size+32(FP), DX
	VMOVDQU64 (AX), Z16
	VMOVDQU64 64(AX), Z17
	VMOVDQU64 128(AX), Z18
	VMOVDQU64 192(AX), Z19
	VMOVDQU64 turned<>(SB), Z20
	VPBROADCASTQ units<>(SB), Z21
	VMOVDQU64 columns<>(SB), Z22
	MOVQ $-1, R8

next:
	CMPQ DX, $64
	JLT  last
	VMOVDQU8 (SI), Z0

lookup:
	VPSHUFB Z20, Z0, Z0
	VPMOVB2M Z0, K1
	VMOVDQA64 Z0, Z1
	VPERMI2B Z17, Z16, Z0
	VPERMI2B Z19, Z18, Z1
	VMOVDQU8 Z1, K1, Z0
	VGF2P8AFFINEQB $0, Z0, Z21, Z0
	VPERMB Z0, Z22, Z0
	VMOVDQU64 Z0, (DI)
	ADDQ $64, DI
	ADDQ $48, SI
	SUBQ $48, DX
	DECQ CX
	JNZ  next
	VZEROUPPER
	RET

last:
	BZHIQ DX, R8, R9
	KMOVQ R9, K2
	VMOVDQU8.Z (SI), K2, Z0
	JMP lookup
