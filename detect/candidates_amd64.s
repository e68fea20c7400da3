#include "go_asm.h"
#include "textflag.h"

// Eight windows at a time are looked at, in three steps.
//
// First, for each window, its 64 bytes are looked up in the table of classes, 128
// entries for each half (VPERMI2B), so that every byte is its classes as bits.
// Eight bytes are a matrix of 8 by 8 bits; as the matrix of an affine map over
// GF(2), applied to the unit vectors, it is turned into its columns, last row
// first, for which the bytes were turned round before (VPSHUFB,
// VGF2P8AFFINEQB). Then the bytes of one class, one in each eight, are put side by
// side (VPERMB): a register is a window, its quadwords are the classes.
//
// Second, eight such registers are transposed: a register is a class, its
// quadwords are the windows.
//
// Third, anchors of scanner.go is done on those, for eight windows at once. Bit k
// of a quadword is byte k of its window, so a shift to the right looks ahead.

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

// Z16 to Z19: the table. Z20 turned, Z21 units, Z22 columns.
#define CLASSIFY(W) \
	VPSHUFB Z20, W, W            \
	VPMOVB2M W, K1               \
	VMOVDQA64 W, Z24             \
	VPERMI2B Z17, Z16, W         \
	VPERMI2B Z19, Z18, Z24       \
	VMOVDQU8 Z24, K1, W          \
	VGF2P8AFFINEQB $0, W, Z21, W \
	VPERMB W, Z22, W

#define WHOLE(o, W) \
	VMOVDQU8 o(SI), W \
	CLASSIFY(W)

// PART is WHOLE where the text may end: DX bytes of it are left, R8 is all ones,
// R10 0, R11 64.
#define PART(o, W) \
	MOVQ DX, R9                 \
	CMPQ DX, R11                \
	CMOVQGT R11, R9             \
	TESTQ DX, DX                \
	CMOVQLT R10, R9             \
	BZHIQ R9, R8, R9            \
	KMOVQ R9, K2                \
	VMOVDQU8.Z o(SI), K2, W     \
	SUBQ $const_windowStep, DX  \
	CLASSIFY(W)

// DONE ands the candidates of a family with what counts, Z31 and the enabled
// families, and notes them.
#define DONE(f, W) \
	VPTERNLOGQ.BCST $0x80, (8*f)(BX), Z31, W \
	VMOVDQU64 W, (64*f)(DI)                  \
	VPORQ W, Z30, Z30

// func candidatesVBMI(tab *classTable, enabled *[numFamilies]uint64, t *byte, size, n, final int, out *candidateBlocks) (hits uint64)
TEXT ·candidatesVBMI(SB), NOSPLIT, $0-64
	MOVQ tab+0(FP), AX
	MOVQ enabled+8(FP), BX
	MOVQ t+16(FP), SI
	MOVQ size+24(FP), DX
	MOVQ n+32(FP), CX
	MOVQ final+40(FP), R12
	MOVQ out+48(FP), DI
	VMOVDQU64 (AX), Z16
	VMOVDQU64 64(AX), Z17
	VMOVDQU64 128(AX), Z18
	VMOVDQU64 192(AX), Z19
	VMOVDQU64 turned<>(SB), Z20
	VPBROADCASTQ units<>(SB), Z21
	VMOVDQU64 columns<>(SB), Z22
	MOVQ (8*const_familyToken)(BX), R15
	ORQ  (8*const_familyArmor)(BX), R15
	ORQ  (8*const_familyLabel)(BX), R15
	MOVQ $-1, R8
	XORL R10, R10
	MOVL $64, R11
	XORL R13, R13 // the hits
	XORL R14, R14 // the windows that were looked at

group:
	// What counts: windowStep bytes of each lane before n, all of the final one.
	MOVQ $((1<<const_windowStep)-1), AX
	VPBROADCASTQ AX, Z31
	MOVQ CX, R9
	CMPQ CX, $8
	JLT some
	MOVL $8, R9
some:
	BZHIQ R9, R8, R9
	KMOVB R9, K3
	VMOVDQA64.Z Z31, K3, Z31
	MOVQ R12, R9
	SUBQ R14, R9
	CMPQ R9, $8
	JAE middle
	XORL AX, AX
	BTSQ R9, AX
	KMOVB AX, K3
	VPTERNLOGQ $0xff, Z31, Z31, K3, Z31

middle:
	CMPQ DX, $(7*const_windowStep+64)
	JLT edge
	WHOLE(0*const_windowStep, Z0)
	WHOLE(1*const_windowStep, Z1)
	WHOLE(2*const_windowStep, Z2)
	WHOLE(3*const_windowStep, Z3)
	WHOLE(4*const_windowStep, Z4)
	WHOLE(5*const_windowStep, Z5)
	WHOLE(6*const_windowStep, Z6)
	WHOLE(7*const_windowStep, Z7)
	SUBQ $(8*const_windowStep), DX
	JMP transpose

edge:
	PART(0*const_windowStep, Z0)
	PART(1*const_windowStep, Z1)
	PART(2*const_windowStep, Z2)
	PART(3*const_windowStep, Z3)
	CMPQ CX, $4
	JLE transpose
	PART(4*const_windowStep, Z4)
	PART(5*const_windowStep, Z5)
	PART(6*const_windowStep, Z6)
	PART(7*const_windowStep, Z7)

transpose:
	VPUNPCKLQDQ Z1, Z0, Z8
	VPUNPCKHQDQ Z1, Z0, Z9
	VPUNPCKLQDQ Z3, Z2, Z10
	VPUNPCKHQDQ Z3, Z2, Z11
	VPUNPCKLQDQ Z5, Z4, Z12
	VPUNPCKHQDQ Z5, Z4, Z13
	VPUNPCKLQDQ Z7, Z6, Z14
	VPUNPCKHQDQ Z7, Z6, Z15
	VSHUFI64X2 $0x88, Z10, Z8, Z0  // classes 0 and 4 of windows 0 to 3
	VSHUFI64X2 $0xdd, Z10, Z8, Z1  // 2 and 6
	VSHUFI64X2 $0x88, Z11, Z9, Z2  // 1 and 5
	VSHUFI64X2 $0xdd, Z11, Z9, Z3  // 3 and 7
	VSHUFI64X2 $0x88, Z14, Z12, Z4 // the same of windows 4 to 7
	VSHUFI64X2 $0xdd, Z14, Z12, Z5
	VSHUFI64X2 $0x88, Z15, Z13, Z6
	VSHUFI64X2 $0xdd, Z15, Z13, Z7
	VSHUFI64X2 $0x88, Z4, Z0, Z8   // d
	VSHUFI64X2 $0x88, Z6, Z2, Z9   // x
	VSHUFI64X2 $0x88, Z5, Z1, Z10  // l
	VSHUFI64X2 $0x88, Z7, Z3, Z11  // c
	VSHUFI64X2 $0xdd, Z4, Z0, Z12  // h
	VSHUFI64X2 $0xdd, Z6, Z2, Z13  // p
	VSHUFI64X2 $0xdd, Z5, Z1, Z14  // z
	VSHUFI64X2 $0xdd, Z7, Z3, Z15  // r

	VPANDQ Z31, Z15, Z30
	VMOVDQU64 Z30, (64*const_numFamilies)(DI)
	VPORQ Z9, Z8, Z0               // g
	VPSLLQ $1, Z8, Z2              // d<<1
	VPSRLQ $1, Z8, Z3              // d>>1
	VPSRLQ $2, Z8, Z4              // d>>2
	VPANDQ Z3, Z8, Z5              // d2

	// number
	VMOVDQA64 Z12, Z1
	VPTERNLOGQ $0xfe, Z14, Z13, Z1 // sep
	VPSRLQ $1, Z1, Z6
	VPANDQ Z2, Z1, Z1              // inner
	VPTERNLOGQ $0x80, Z4, Z1, Z6   // pair
	VPANDQ Z3, Z1, Z7
	VPTERNLOGQ $0xfe, Z6, Z8, Z7
	VPSLLQ $1, Z6, Z6
	VPORQ Z6, Z7, Z7               // n
	VPSRLQ $1, Z7, Z6
	VPANDQ Z6, Z7, Z7
	VPSRLQ $2, Z7, Z6
	VPANDQ Z6, Z7, Z7
	VPSRLQ $4, Z7, Z6
	VPANDQ Z6, Z7, Z7              // n8
	VPSRLQ $3, Z7, Z6
	VPANDQ Z6, Z7, Z7
	VPSRLQ $2, Z5, Z6
	VPANDQ Z5, Z6, Z6              // d4
	VPSRLQ $4, Z6, Z23
	VPANDQ Z23, Z6, Z6             // d8
	VPSRLQ $8, Z8, Z23
	VPTERNLOGQ $0xf8, Z23, Z6, Z7
	VPANDQ Z8, Z7, Z7
	DONE(const_familyNumber, Z7)

	// hex
	VPSRLQ $1, Z0, Z6
	VPANDQ Z0, Z6, Z6              // g2
	VPSRLQ $2, Z6, Z23
	VPANDQ Z6, Z23, Z23            // g4
	VPSRLQ $4, Z23, Z24
	VPANDQ Z23, Z24, Z24           // g8
	VPSRLQ $8, Z23, Z25
	VPANDQ Z25, Z24, Z24
	VPSRLQ $1, Z9, Z25
	VPORQ Z9, Z25, Z25
	VPSRLQ $2, Z25, Z26
	VPORQ Z26, Z25, Z25            // x4
	VPSRLQ $4, Z25, Z26
	VPSRLQ $8, Z25, Z27
	VPTERNLOGQ $0xfe, Z27, Z26, Z25
	VPANDQ Z25, Z24, Z24
	DONE(const_familyHex, Z24)

	// dashed
	VPSRLQ $5, Z12, Z24
	VPANDQ Z12, Z24, Z24           // h5
	VPSRLQ $10, Z24, Z25
	VPANDQ Z25, Z24, Z24
	DONE(const_familyDashed, Z24)

	// octets
	VPORQ Z11, Z12, Z24
	VPSRLQ $1, Z0, Z25
	VPSRLQ $2, Z0, Z26
	VPTERNLOGQ $0x80, Z25, Z26, Z24 // m
	VPSRLQ $3, Z24, Z25
	VPANDQ Z24, Z25, Z25           // m2
	VPSRLQ $6, Z25, Z26
	VPSRLQ $12, Z24, Z24
	VPTERNLOGQ $0x80, Z25, Z26, Z24
	DONE(const_familyOctets, Z24)

	// cisco
	VPSRLQ $5, Z13, Z24
	VPANDQ Z13, Z24, Z24
	VPSRLQ $1, Z23, Z25
	VPSRLQ $6, Z23, Z26
	VPTERNLOGQ $0x80, Z25, Z26, Z24
	DONE(const_familyCisco, Z24)

	// colon
	VPSRLQ $1, Z11, Z24
	VPSRLQ $2, Z0, Z25
	VPTERNLOGQ $0x80, Z0, Z24, Z25 // cg
	VPSRLQ $2, Z25, Z26
	VPSRLQ $3, Z25, Z27
	VPSRLQ $4, Z25, Z28
	VPTERNLOGQ $0xfe, Z28, Z27, Z26
	VPSRLQ $5, Z25, Z27
	VMOVDQA64 Z25, Z28
	VPTERNLOGQ $0xe0, Z27, Z26, Z28 // cg2
	VPSRLQ $2, Z28, Z26
	VPSRLQ $3, Z28, Z27
	VPSRLQ $4, Z28, Z29
	VPTERNLOGQ $0xfe, Z29, Z27, Z26
	VPSRLQ $5, Z28, Z27
	VPTERNLOGQ $0xe0, Z27, Z26, Z25
	VPTERNLOGQ $0xf8, Z24, Z11, Z25
	DONE(const_familyColon, Z25)

	// quad
	VPSRLQ $1, Z13, Z24
	VPTERNLOGQ $0x80, Z4, Z8, Z24  // dd
	VPSRLQ $2, Z24, Z25
	VPSRLQ $3, Z24, Z26
	VPSRLQ $4, Z24, Z27
	VPTERNLOGQ $0xfe, Z27, Z26, Z25
	VPANDQ Z24, Z25, Z25           // dd2
	VPSRLQ $2, Z25, Z26
	VPSRLQ $3, Z25, Z27
	VPSRLQ $4, Z25, Z28
	VPTERNLOGQ $0xfe, Z28, Z27, Z26
	VPANDQ Z26, Z25, Z25
	DONE(const_familyQuad, Z25)

	// degrees
	VPSRLQ $3, Z5, Z25
	VPANDQ Z25, Z24, Z24
	VPSLLQ $2, Z11, Z25
	VPSLLQ $5, Z11, Z26
	VPTERNLOGQ $0x70, Z26, Z25, Z24
	DONE(const_familyDegrees, Z24)

	// token, armor, label: where one of them is enabled
	TESTQ R15, R15
	JZ    look
	VPORQ Z10, Z0, Z24
	VPSRLQ $1, Z24, Z25
	VPANDQ Z25, Z24, Z24
	VPSRLQ $2, Z24, Z25
	VPANDQ Z25, Z24, Z24
	VPSRLQ $4, Z24, Z25
	VPANDQ Z25, Z24, Z24           // a8
	VPSRLQ $8, Z24, Z25
	VPANDQ Z25, Z24, Z24
	VPORQ Z3, Z8, Z25
	VPSRLQ $2, Z25, Z26
	VPORQ Z26, Z25, Z25
	VPSRLQ $4, Z25, Z26
	VPORQ Z26, Z25, Z25            // e8
	VPSRLQ $8, Z25, Z26
	VPTERNLOGQ $0xe0, Z26, Z25, Z24
	DONE(const_familyToken, Z24)

	// armor
	VPSRLQ $1, Z12, Z24
	VPANDQ Z12, Z24, Z24           // h2
	VPSRLQ $2, Z24, Z25
	VPSRLQ $4, Z12, Z26
	VPTERNLOGQ $0x80, Z25, Z26, Z24
	DONE(const_familyArmor, Z24)

	// label
	VPTERNLOGQ $0x70, Z3, Z2, Z11
	DONE(const_familyLabel, Z11)

look:
	VPTESTMQ Z30, Z30, K3
	KMOVB K3, R9
	MOVQ R14, AX
	SHLXQ AX, R9, R9
	ORQ R9, R13
	ADDQ $8, R14
	ADDQ $(8*const_windowStep), SI
	ADDQ $const_blockSize, DI
	SUBQ $8, CX
	JGT group

	VZEROUPPER
	MOVQ R13, hits+56(FP)
	RET
