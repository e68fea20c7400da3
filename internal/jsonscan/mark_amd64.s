//go:build !purego

#include "go_asm.h"
#include "textflag.h"

// mark: see mark_amd64.go. Bit i of a bitmap is byte i of its 64; a vector of
// eight bitmaps is 512 bytes, the lowest lane first. The words in capitals are
// such vectors.
//
//	classify  64 bytes become eleven bitmaps, eight times
//	control   only where there is a control character: which are white space
//	escapes   only where there is a backslash: take escaped quotes out of Q, check the escapes
//	strings   S: from an opening quote up to, not including, the closing one
//	space     only where there is white space outside strings
//	grammar   what may follow what; see mark_amd64.go
//	numbers   what is not simply a number or a word makes the record odd
//	utf8      only blocks that hold bytes of 0x80 or more, and those behind them
//	flatten   structural characters become a list of positions
//
// DI Marks · SI the 512 bytes · CX bytes left · R8 next position in Marks.At
// R9 whole blocks here · R11 lane of the partial block, 8 without · R12 blocks here

DATA structural<>+0x00(SB)/8, $0x0000000000000000
DATA structural<>+0x08(SB)/8, $0x00007d2c7b3a0000
GLOBL structural<>(SB), RODATA|NOPTR, $16

DATA white<>+0x00(SB)/8, $0xffffffffffffff20
DATA white<>+0x08(SB)/8, $0xffff0dffff0a09ff
GLOBL white<>(SB), RODATA|NOPTR, $16

DATA count<>+0x00(SB)/8, $0x0706050403020100
DATA count<>+0x08(SB)/8, $0x0f0e0d0c0b0a0908
DATA count<>+0x10(SB)/8, $0x1716151413121110
DATA count<>+0x18(SB)/8, $0x1f1e1d1c1b1a1918
DATA count<>+0x20(SB)/8, $0x2726252423222120
DATA count<>+0x28(SB)/8, $0x2f2e2d2c2b2a2928
DATA count<>+0x30(SB)/8, $0x3736353433323130
DATA count<>+0x38(SB)/8, $0x3f3e3d3c3b3a3938
GLOBL count<>(SB), RODATA|NOPTR, $64

DATA lastBit<>+0x38(SB)/8, $0x8000000000000000
GLOBL lastBit<>(SB), RODATA|NOPTR, $64

// What may follow a backslash: 1; u: 3; a hex digit has 4.
DATA escapes<>+0x20(SB)/8, $0x0000000000010000
DATA escapes<>+0x28(SB)/8, $0x0100000000000000
DATA escapes<>+0x30(SB)/8, $0x0404040404040404
DATA escapes<>+0x38(SB)/8, $0x0000000000000404
DATA escapes<>+0x40(SB)/8, $0x0004040404040400
DATA escapes<>+0x58(SB)/8, $0x0000000100000000
DATA escapes<>+0x60(SB)/8, $0x0005040404050400
DATA escapes<>+0x68(SB)/8, $0x0001000000000000
DATA escapes<>+0x70(SB)/8, $0x0000030100010000
GLOBL escapes<>(SB), RODATA|NOPTR, $128

// The tables of J. Keiser and D. Lemire, Validating UTF-8 in less than one
// instruction per byte (2021), by high nibble of the byte before, its low
// nibble, and the high nibble of the byte.
DATA utf8a<>+0x00(SB)/8, $0x0202020202020202
DATA utf8a<>+0x08(SB)/8, $0x4915012180808080
GLOBL utf8a<>(SB), RODATA|NOPTR, $16
DATA utf8b<>+0x00(SB)/8, $0xcbcbcb8b8383a3e7
DATA utf8b<>+0x08(SB)/8, $0xcbcbdbcbcbcbcbcb
GLOBL utf8b<>(SB), RODATA|NOPTR, $16
DATA utf8c<>+0x00(SB)/8, $0x0101010101010101
DATA utf8c<>+0x08(SB)/8, $0x01010101babaaee6
GLOBL utf8c<>(SB), RODATA|NOPTR, $16

#define BYTES(imm, Z) MOVL $imm, AX; VPBROADCASTB AX, Z

// CLASSIFY writes the bitmaps of the block in Z0 at lane DX/8, and the least
// byte so far of each column in Z7. Compares can only be done on one port, which
// is what bounds it: so brackets are told apart by two of their bits, and
// control characters, which are rare, are looked at below.
#define CLASSIFY \
	VPORQ Z16, Z0, Z1                   \
	VPSHUFB Z0, Z25, Z2                 \
	VPSUBB Z21, Z0, Z3                  \
	VPADDB Z0, Z0, Z4                   \
	VPSLLW $5, Z0, Z5                   \
	VPMINUB Z0, Z7, Z7                  \
	VPCMPEQB Z17, Z0, K1                \
	VPCMPEQB Z18, Z0, K2                \
	VPCMPEQB Z1, Z2, K3                 \
	VPMOVB2M Z4, K4                     \
	VPMOVB2M Z5, K5                     \
	VPCMPUB $2, Z16, Z0, K6             \
	KMOVQ K1, Marks_quote(DI)(DX*1)     \
	KMOVQ K2, Marks_backslash(DI)(DX*1) \
	KMOVQ K3, Marks_structural(DI)(DX*1) \
	KMOVQ K4, Marks_bit6(DI)(DX*1)      \
	KMOVQ K5, Marks_bit2(DI)(DX*1)      \
	KMOVQ K6, Marks_white(DI)(DX*1)     \
	VPCMPUB $1, Z22, Z3, K1             \
	VPCMPEQB Z23, Z0, K2                \
	VPCMPEQB Z24, Z0, K3                \
	VPCMPEQB Z21, Z0, K4                \
	VPMOVB2M Z0, K5                     \
	KMOVQ K1, Marks_digit(DI)(DX*1)     \
	KMOVQ K2, Marks_dot(DI)(DX*1)       \
	KMOVQ K3, Marks_minus(DI)(DX*1)     \
	KMOVQ K4, Marks_zero(DI)(DX*1)      \
	KMOVQ K5, Marks_high(DI)(DX*1)

// BEHIND makes, of a vector, the bytes behind those in it. was is the vector of
// the 512 bytes before, in memory.
#define BEHIND(was, cur, dst) \
	VALIGNQ $7, was(DI), cur, dst \
	VPSHLDQ $1, dst, cur, dst

// ADD adds two vectors as numbers of 512 bits and the carry in DX, and leaves
// the carry in AX.
#define ADD(x, y, sum) \
	VPADDQ y, x, sum      \
	VPCMPUQ $1, x, sum, K1 \
	VPCMPEQQ Z31, sum, K2 \
	KMOVB K1, AX          \
	KMOVB K2, BX          \
	LEAQ (DX)(AX*2), AX   \
	ADDQ BX, AX           \
	XORQ BX, AX           \
	KMOVB AX, K1          \
	SHRQ $8, AX           \
	ANDQ $1, AX           \
	VPSUBQ Z31, sum, K1, sum

// FLATTEN appends the positions of one lane. Blocks of more than sixteen are
// rare.
#define FLATTEN(lane, few) \
	MOVQ (Marks_structural+8*lane)(DI), AX \
	POPCNTQ AX, BX         \
	KMOVQ AX, K1           \
	VPCOMPRESSB.Z Z26, K1, Z0 \
	VPMOVZXBD X0, Z1       \
	VPADDD Z27, Z1, Z1     \
	VMOVDQU32 Z1, (R8)     \
	CMPQ BX, $16           \
	JLS few                \
	VEXTRACTI32X4 $1, Z0, X1 \
	VPMOVZXBD X1, Z1       \
	VPADDD Z27, Z1, Z1     \
	VMOVDQU32 Z1, 64(R8)   \
	VEXTRACTI32X4 $2, Z0, X1 \
	VPMOVZXBD X1, Z1       \
	VPADDD Z27, Z1, Z1     \
	VMOVDQU32 Z1, 128(R8)  \
	VEXTRACTI32X4 $3, Z0, X1 \
	VPMOVZXBD X1, Z1       \
	VPADDD Z27, Z1, Z1     \
	VMOVDQU32 Z1, 192(R8)  \
few:                           \
	LEAQ (R8)(BX*4), R8    \
	VPADDD Z28, Z27, Z27

// func mark(src *byte, n int, base uint32, m *Marks)
TEXT ·mark(SB), NOSPLIT, $0-32
	MOVQ src+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ m+24(FP), DI
	LEAQ (Marks_At+4*const_Spare)(DI), R8
	MOVL base+16(FP), AX
	VPBROADCASTD AX, Z27
	MOVL $64, AX
	VPBROADCASTD AX, Z28
	VPTERNLOGQ $0xFF, Z31, Z31, Z31
	BYTES(0x20, Z16)
	BYTES(0x22, Z17)
	BYTES(0x5c, Z18)
	BYTES(0x30, Z21)
	BYTES(10, Z22)
	BYTES(0x2e, Z23)
	BYTES(0x2d, Z24)
	VBROADCASTI32X4 structural<>(SB), Z25
	VBROADCASTI32X4 white<>(SB), Z29
	VMOVDQU64 count<>(SB), Z26
	CMPQ Marks_later(DI), $0
	JEQ start

block512:
	MOVQ $8, R9
	MOVQ $8, R11
	MOVQ $8, R12
	MOVL $0xFF, AX
	KMOVB AX, K7
	VMOVDQA64 Z31, Z30
	XORQ R13, R13 // bytes of the partial block
	CMPQ CX, $512
	JGE sized
	MOVQ CX, R9
	SHRQ $6, R9
	MOVQ R9, R12
	MOVQ CX, R13
	ANDQ $63, R13
	MOVQ $-1, AX
	BZHIQ R9, AX, BX
	KMOVB BX, K1
	VMOVDQA64.Z Z31, K1, Z30
	KMOVB BX, K7
	TESTQ R13, R13
	JZ sized
	MOVQ R9, R11
	INCQ R12
	BZHIQ R12, AX, DX
	KMOVB DX, K7
	SUBQ BX, DX
	KMOVB DX, K1
	BZHIQ R13, AX, AX
	KMOVQ AX, K2
	VPBROADCASTQ AX, K1, Z30
	MOVQ R9, BX
	SHLQ $6, BX
	VMOVDQA64 Z16, Z0
	VMOVDQU8 (SI)(BX*1), K2, Z0
	VMOVDQU64 Z0, Marks_tail(DI)
sized:

	// classify
	VMOVDQA64 Z16, Z7
	VPXORQ Z8, Z8, Z8
	VMOVDQU64 Z8, Marks_control(DI)
	XORQ DX, DX
	MOVQ SI, BX
	MOVQ R9, R10
	TESTQ R10, R10
	JZ partial
classify:
	VMOVDQU64 (BX), Z0
	CLASSIFY
	ADDQ $64, BX
	ADDQ $8, DX
	DECQ R10
	JNZ classify
partial:
	TESTQ R13, R13
	JZ classified
	VMOVDQU64 Marks_tail(DI), Z0
	CLASSIFY
classified:
	VPCMPUB $1, Z16, Z7, K1
	KTESTQ K1, K1
	JNZ control
controlled:

	// escapes
	VMOVDQU64.Z Marks_backslash(DI), K7, Z1
	MOVQ SI, BX
	SUBQ src+0(FP), BX
	SHRQ $3, BX
	VMOVDQU64 Z1, Marks_Back(DI)(BX*1)
	MOVQ Marks_inEscape(DI), R10
	MOVQ Marks_wasU(DI), R13
	VPTESTMQ Z1, Z1, K1
	KMOVB K1, AX
	MOVQ R13, BX
	SHRQ $60, BX
	ORQ R10, BX
	MOVQ BX, DX
	ORQ AX, DX
	JNZ unescape
escaped:
	VMOVDQU64.Z Marks_quote(DI), K7, Z0

	// strings
	VPCLMULQDQ $0x00, Z31, Z0, Z2
	VPCLMULQDQ $0x01, Z31, Z0, Z3
	VPUNPCKLQDQ Z3, Z2, Z2
	VPMOVQ2M Z2, K1 // the parity of each lane
	KMOVB K1, AX
	MOVQ Marks_inString(DI), R10
	LEAQ (AX)(AX*1), BX
	XORQ BX, AX
	LEAQ (AX*4), BX
	XORQ BX, AX
	MOVQ AX, BX
	SHLQ $4, BX
	XORQ BX, AX
	ANDQ $0xFF, AX // the parity of all lanes up to each
	MOVQ R10, BX
	NEGQ BX
	LEAQ (AX)(AX*1), DX
	XORQ DX, BX
	KMOVB BX, K1
	SHRQ $7, AX
	XORQ AX, R10
	MOVQ R10, Marks_inString(DI)
	VPXORQ Z31, Z2, K1, Z2 // S

	VMOVDQA64 Z30, Z3
	VPTERNLOGQ $0x10, Z0, Z2, Z3 // OUT = V &^ S &^ Q
	VPANDQ Marks_white(DI), Z3, Z4 // WS
	VMOVDQU64 Marks_bad(DI), Z15
	VMOVDQU64 Marks_notSimple(DI), Z14
	VMOVDQU64.Z Marks_control(DI), K7, Z5
	VPTERNLOGQ $0xF4, Z4, Z5, Z15 // bad |= CTL &^ WS
	VPTERNLOGQ $0xF4, Z2, Z1, Z15 // bad |= BS &^ S
	VPANDQ Marks_structural(DI), Z3, Z6 // T
	VPANDQ Marks_bit6(DI), Z6, Z7
	VMOVDQU64 Marks_bit2(DI), Z5
	VPANDQ Z5, Z7, Z8                   // CLOSE
	VPANDNQ Z7, Z5, Z7                  // OPEN
	VPTERNLOGQ $0x10, Z4, Z6, Z3        // SC = OUT &^ T &^ WS
	VMOVDQU64 Z6, Marks_structural(DI)
	VPANDNQ Z6, Z8, Z9 // F = T &^ CLOSE
	BEHIND(Marks_wasF, Z9, Z10)
	BEHIND(Marks_wasOpen, Z7, Z11)
	BEHIND(Marks_wasScalar, Z3, Z12)
	VMOVDQU64 Z9, Marks_wasF(DI)
	VMOVDQU64 Z7, Marks_wasOpen(DI)
	VMOVDQU64 Z3, Marks_wasScalar(DI)
	VPANDNQ Z3, Z12, Z13 // SS: the first bytes of scalars

	// space
	VPTESTMQ Z4, Z4, K1
	KORTESTB K1, K1
	JNZ space
spaced:

	// grammar
	VPANDQ Z0, Z2, Z5             // opening quotes
	VPTERNLOGQ $0xFE, Z13, Z7, Z5 // starts of values and names
	VPTERNLOGQ $0xF4, Z10, Z5, Z15
	VPANDQ Z8, Z11, Z5            // CLOSE of an empty container
	VPTERNLOGQ $0xFE, Z7, Z7, Z5
	VPANDNQ Z6, Z5, Z5            // T that must stand behind a value
	VPTERNLOGQ $0xF8, Z10, Z5, Z15

	// numbers
	VPANDQ Marks_digit(DI), Z3, Z0
	VPANDQ Marks_dot(DI), Z3, Z1
	VPANDQ Marks_minus(DI), Z3, Z2
	VPORQ Z0, Z1, Z5
	VMOVDQA64 Z3, Z6
	VPTERNLOGQ $0x10, Z2, Z5, Z6 // LETTER: whatever else
	BEHIND(Marks_wasDigit, Z0, Z7)
	BEHIND(Marks_wasDot, Z1, Z8)
	BEHIND(Marks_wasMinus, Z2, Z9)
	BEHIND(Marks_wasLetter, Z6, Z10)
	VMOVDQU64 Z0, Marks_wasDigit(DI)
	VMOVDQU64 Z1, Marks_wasDot(DI)
	VMOVDQU64 Z2, Marks_wasMinus(DI)
	VMOVDQU64 Z6, Marks_wasLetter(DI)
	VPORQ Z8, Z9, Z5
	VPTERNLOGQ $0xF4, Z0, Z5, Z14  // a dot or minus without a digit behind
	VPTERNLOGQ $0xF4, Z7, Z1, Z14  // a dot without a digit before
	VPTERNLOGQ $0xF4, Z13, Z2, Z14 // a minus within
	VPXORQ Z6, Z10, Z5
	VPANDQ Z3, Z12, Z11
	VPTERNLOGQ $0xF8, Z11, Z5, Z14 // letters and others in one scalar
	VPORQ Z13, Z9, Z5
	VPANDQ Marks_zero(DI), Z3, Z6
	VPANDQ Z5, Z6, Z6 // a zero that comes first
	BEHIND(Marks_wasZero, Z6, Z7)
	VMOVDQU64 Z6, Marks_wasZero(DI)
	VPTERNLOGQ $0xF8, Z0, Z7, Z14 // and a digit behind
	MOVQ Marks_dotCarry(DI), DX
	ADD(Z0, Z8, Z5)
	MOVQ AX, Marks_dotCarry(DI)
	VPTERNLOGQ $0xF8, Z1, Z5, Z14 // a second dot
	VMOVDQU64 Z15, Marks_bad(DI)
	VMOVDQU64 Z14, Marks_notSimple(DI)

	// utf8
	VMOVDQU64.Z Marks_high(DI), K7, Z0
	VPTESTMQ Z0, Z0, K1
	KMOVB K1, AX
	MOVQ Marks_wasHigh(DI), BX
	LEAQ (BX)(AX*2), BX
	ORQ AX, BX
	SHRQ $7, AX
	MOVQ AX, Marks_wasHigh(DI)
	KMOVB K7, AX
	ANDQ AX, BX
	JNZ utf8
checked:

	FLATTEN(0, few0)
	FLATTEN(1, few1)
	FLATTEN(2, few2)
	FLATTEN(3, few3)
	FLATTEN(4, few4)
	FLATTEN(5, few5)
	FLATTEN(6, few6)
	FLATTEN(7, few7)

	MOVQ $1, AX
	MOVQ AX, Marks_later(DI)
	ADDQ $512, SI
	SUBQ $512, CX
	JGT block512

	LEAQ (Marks_At+4*const_Spare)(DI), AX
	SUBQ AX, R8
	SHRQ $2, R8
	MOVQ R8, Marks_N(DI)
	VMOVDQU64 Marks_bad(DI), Z15
	VMOVDQU64 Marks_notSimple(DI), Z14
	VPTESTMQ Z15, Z15, K1
	KMOVB K1, AX
	ORQ AX, Marks_failed(DI)
	VPTESTMQ Z14, Z14, K1
	KMOVB K1, AX
	ORQ AX, Marks_odd(DI)
	VZEROUPPER
	RET

	// the state before a text: what comes first stands behind an F
start:
	VPXORQ Z0, Z0, Z0
	VMOVDQU64 lastBit<>(SB), Z1
	VMOVDQU64 Z1, Marks_wasF(DI)
	VMOVDQU64 Z0, Marks_wasOpen(DI)
	VMOVDQU64 Z0, Marks_wasScalar(DI)
	VMOVDQU64 Z0, Marks_wasDigit(DI)
	VMOVDQU64 Z0, Marks_wasDot(DI)
	VMOVDQU64 Z0, Marks_wasMinus(DI)
	VMOVDQU64 Z0, Marks_wasLetter(DI)
	VMOVDQU64 Z0, Marks_wasZero(DI)
	VMOVDQU64 Z0, Marks_bad(DI)
	VMOVDQU64 Z0, Marks_notSimple(DI)
	XORL AX, AX
	MOVQ AX, Marks_inString(DI)
	MOVQ AX, Marks_inEscape(DI)
	MOVQ AX, Marks_wasU(DI)
	MOVQ AX, Marks_wasHigh(DI)
	MOVQ AX, Marks_dotCarry(DI)
	MOVQ AX, Marks_failed(DI)
	MOVQ AX, Marks_odd(DI)
	MOVQ AX, Marks_Spaces(DI)
	MOVQ AX, Marks_Backslashes(DI)
	JMP block512

	// there are control characters: white space is not all that is up to 0x20
control:
	XORQ DX, DX
	MOVQ SI, BX
	MOVQ R12, R10
nextControl:
	LEAQ Marks_tail(DI), AX
	CMPQ DX, R11
	CMOVQEQ AX, BX
	VMOVDQU64 (BX), Z0
	VPSHUFB Z0, Z29, Z4
	VPCMPUB $1, Z16, Z0, K1
	VPCMPEQB Z0, Z4, K2
	KMOVQ K1, Marks_control(DI)(DX*8)
	KMOVQ K2, Marks_white(DI)(DX*8)
	ADDQ $64, BX
	INCQ DX
	DECQ R10
	JNZ nextControl
	JMP controlled

	// AX lanes with backslashes, BX not 0 when something reaches into lane 0,
	// R10 whether the first byte is escaped, R13 escaped u's of the lane before
unescape:
	MOVQ $1, DX
	MOVQ DX, Marks_Backslashes(DI)
	LEAQ (AX)(AX*1), DX
	ORQ DX, AX
	CMPQ BX, $1
	SBBQ BX, BX
	INCQ BX
	ORQ BX, AX
	KMOVB K7, BX
	ANDQ BX, AX
	VMOVDQU64 escapes<>(SB), Z2
	VMOVDQU64 escapes<>+64(SB), Z3
	MOVL $1, BX
	VPBROADCASTB BX, Z4
	MOVL $2, BX
	VPBROADCASTB BX, Z5
	MOVL $4, BX
	VPBROADCASTB BX, Z6
	KMOVB AX, K6 // lanes to do
nextEscapes:
	KMOVB K6, AX
	TESTQ AX, AX
	JZ escapesDone
	TZCNTQ AX, DX
	LEAQ -1(AX), BX
	ANDQ BX, AX
	KMOVB AX, K6
	MOVQ DX, BX
	SHLQ $6, BX
	ADDQ SI, BX
	LEAQ Marks_tail(DI), AX
	CMPQ DX, R11
	CMOVQEQ AX, BX
	VMOVDQU64 (BX), Z0
	VPMOVB2M Z0, K4
	VPERMI2B Z3, Z2, Z0
	VPTESTMB Z4, Z0, K1
	VPTESTMB Z5, Z0, K2
	VPTESTMB Z6, Z0, K3
	KANDNQ K1, K4, K1
	KANDNQ K2, K4, K2
	KANDNQ K3, K4, K3
	MOVQ Marks_backslash(DI)(DX*8), AX
	ANDNQ AX, R10, BX // backslashes that are not escaped themselves, or follow one
	ORQ AX, R10
	MOVQ R10, Marks_scratch(DI)
	LEAQ (BX)(BX*1), R10
	MOVQ $0xAAAAAAAAAAAAAAAA, R14
	ORQ R14, R10
	SUBQ BX, R10
	XORQ R14, R10
	MOVQ Marks_scratch(DI), BX
	XORQ R10, BX // what is escaped
	ANDQ AX, R10
	SHRQ $63, R10
	ANDNQ Marks_quote(DI)(DX*8), BX, AX
	MOVQ AX, Marks_quote(DI)(DX*8)
	KMOVQ K1, AX
	ANDNQ BX, AX, AX
	ORQ AX, Marks_failed(DI)
	KMOVQ K2, AX
	ANDQ AX, BX // escaped u's
	KMOVQ K3, DX
	NOTQ DX // no hex digits
	MOVQ BX, AX
	SHLQ $1, AX
	MOVQ R13, R14
	SHRQ $63, R14
	ORQ R14, AX
	MOVQ BX, R14
	SHLQ $2, R14
	ORQ R14, AX
	MOVQ R13, R14
	SHRQ $62, R14
	ORQ R14, AX
	MOVQ BX, R14
	SHLQ $3, R14
	ORQ R14, AX
	MOVQ R13, R14
	SHRQ $61, R14
	ORQ R14, AX
	MOVQ BX, R14
	SHLQ $4, R14
	ORQ R14, AX
	SHRQ $60, R13
	ORQ R13, AX
	ANDQ DX, AX
	ORQ AX, Marks_failed(DI)
	MOVQ BX, R13
	JMP nextEscapes
escapesDone:
	MOVQ R10, Marks_inEscape(DI)
	MOVQ R13, Marks_wasU(DI)
	JMP escaped

	// Z4 white space, Z9 F, Z7 OPEN; what stands behind F or OPEN in Z10 and
	// Z11 reaches through white space
space:
	MOVQ $1, DX
	MOVQ DX, Marks_Spaces(DI)
	XORQ DX, DX
	VPANDQ Z4, Z10, Z5
	ADD(Z4, Z5, Z1)
	SHLQ $63, AX
	ORQ AX, (Marks_wasF+56)(DI)
	VPORQ Z1, Z10, Z10
	VPANDNQ Z10, Z4, Z10
	VPANDQ Z4, Z11, Z5
	ADD(Z4, Z5, Z1)
	SHLQ $63, AX
	ORQ AX, (Marks_wasOpen+56)(DI)
	VPORQ Z1, Z11, Z11
	VPANDNQ Z11, Z4, Z11
	JMP spaced

	// BX lanes to check
utf8:
	VBROADCASTI32X4 utf8a<>(SB), Z8
	VBROADCASTI32X4 utf8b<>(SB), Z9
	VBROADCASTI32X4 utf8c<>(SB), Z10
	MOVL $0x0F, AX
	VPBROADCASTB AX, Z11
	MOVL $0x60, AX
	VPBROADCASTB AX, Z12
	MOVL $0x70, AX
	VPBROADCASTB AX, Z13
	MOVL $0x80, AX
	VPBROADCASTB AX, Z14
nextUTF8:
	TZCNTQ BX, DX
	LEAQ -1(BX), AX
	ANDQ AX, BX
	VPXORQ Z1, Z1, Z1 // the block before
	MOVQ DX, AX
	SHLQ $6, AX
	MOVQ DX, R10
	ORQ Marks_later(DI), R10
	JZ firstBlock
	VMOVDQU64 -64(SI)(AX*1), Z1
firstBlock:
	ADDQ SI, AX
	LEAQ Marks_tail(DI), R10
	CMPQ DX, R11
	CMOVQEQ R10, AX
	VMOVDQU64 (AX), Z0
	VALIGNQ $6, Z1, Z0, Z1
	VPALIGNR $15, Z1, Z0, Z2
	VPALIGNR $14, Z1, Z0, Z3
	VPALIGNR $13, Z1, Z0, Z4
	VPSRLW $4, Z2, Z5
	VPANDQ Z11, Z5, Z5
	VPSHUFB Z5, Z8, Z5
	VPANDQ Z11, Z2, Z6
	VPSHUFB Z6, Z9, Z6
	VPSRLW $4, Z0, Z7
	VPANDQ Z11, Z7, Z7
	VPSHUFB Z7, Z10, Z7
	VPTERNLOGQ $0x80, Z6, Z5, Z7
	VPSUBUSB Z12, Z3, Z3
	VPSUBUSB Z13, Z4, Z4
	VPORQ Z3, Z4, Z3
	VPANDQ Z14, Z3, Z3
	VPXORQ Z3, Z7, Z3
	VPTESTMB Z3, Z3, K1
	KMOVQ K1, AX
	ORQ AX, Marks_failed(DI)
	TESTQ BX, BX
	JNZ nextUTF8
	JMP checked
