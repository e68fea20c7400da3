//go:build !purego

#include "go_asm.h"
#include "textflag.h"

// spliceRecord: the loop of renderer.walk for what tapes are full of: values
// that are kept, replaced by a short text, masked or, of objects, dropped, and
// containers that are entered. At anything else it returns, and goes on behind it.
//
//	SI  the record            DI  where the output goes on
//	R8  the node              R9  behind the last node
//	R10 actions by rule       R11 hits by slot
//	R12 last                  R13 *splice
//	R14 the next of opened    DX  behind the room for output
//
// Masks cut what is loaded and stored, so nothing is read beside the record and
// nothing written behind the room.

#define RULE const_ruleMask

// COPY copies the CX bytes at R12 of the record. There is room. Where there is
// more of both, it writes up to 256 bytes that are overwritten later: what costs
// is not to know how long a run is.
#define COPY(exact, more, rest, done) \
	LEAQ (SI)(R12*1), R15   \
	LEAQ 256(R12), AX       \
	CMPQ AX, splice_size(R13) \
	JA exact                \
	LEAQ 256(DI), AX        \
	CMPQ AX, DX             \
	JA exact                \
	VMOVDQU64 (R15), Z0     \
	VMOVDQU64 Z0, (DI)      \
	VMOVDQU64 64(R15), Z0   \
	VMOVDQU64 Z0, 64(DI)    \
	CMPQ CX, $128           \
	JBE done                \
	VMOVDQU64 128(R15), Z0  \
	VMOVDQU64 Z0, 128(DI)   \
	VMOVDQU64 192(R15), Z0  \
	VMOVDQU64 Z0, 192(DI)   \
	CMPQ CX, $256           \
	JBE done                \
exact:                          \
	CMPQ CX, $64            \
	JBE rest                \
more:                           \
	VMOVDQU64 (R15), Z0     \
	VMOVDQU64 Z0, (DI)      \
	ADDQ $64, R15           \
	ADDQ $64, DI            \
	SUBQ $64, CX            \
	CMPQ CX, $64            \
	JA more                 \
rest:                           \
	MOVQ $-1, AX            \
	BZHIQ CX, AX, AX        \
	KMOVQ AX, K1            \
	VMOVDQU8.Z (R15), K1, Z0 \
	VMOVDQU8 Z0, K1, (DI)   \
done:                           \
	ADDQ CX, DI

// separators has those of mask.go, each at its low six bits. Where there is none,
// the low six bits are others.
DATA separators<>+0x00(SB)/8, $0x0000000000000040
DATA separators<>+0x08(SB)/8, $0x0000000000000000
DATA separators<>+0x10(SB)/8, $0x0000000000000000
DATA separators<>+0x18(SB)/8, $0x5f00000000000000
DATA separators<>+0x20(SB)/8, $0x0000000000000020
DATA separators<>+0x28(SB)/8, $0x2f2e2d002b002928
DATA separators<>+0x30(SB)/8, $0x0000000000000000
DATA separators<>+0x38(SB)/8, $0x00000000003a0000
GLOBL separators<>(SB), RODATA|NOPTR, $64

// func spliceRecord(s *splice)
TEXT ·spliceRecord(SB), NOSPLIT, $0-8
	MOVQ s+0(FP), R13
	MOVQ splice_rec(R13), SI
	MOVQ splice_dst(R13), DI
	MOVQ DI, DX
	ADDQ splice_room(R13), DX
	ADDQ splice_length(R13), DI
	MOVQ splice_tape(R13), R9
	MOVQ splice_n(R13), R8
	SHLQ $4, R8
	ADDQ R9, R8
	MOVQ splice_count(R13), AX
	SHLQ $4, AX
	ADDQ AX, R9
	MOVQ splice_actions(R13), R10
	MOVQ splice_hits(R13), R11
	MOVL splice_last(R13), R12
	MOVQ splice_depth(R13), AX
	LEAQ (AX)(AX*2), AX
	MOVQ splice_opened(R13), R14
	LEAQ (R14)(AX*8), R14
	JMP node

kept:
	ADDQ $tapeNode__size, R8
node:
	CMPQ R8, R9
	JAE done
	MOVL tapeNode_meta(R8), AX
	MOVL AX, BX
	ANDL $RULE, BX
	MOVL (R10)(BX*4), BX
	CMPL AX, $(const_kindOpen<<24)
	JAE container
	MOVL BX, CX
	SHRL $8, CX
	INCQ (R11)(CX*8)
	ANDL $0xFF, BX
	CMPL BX, $const_opKeepNoted // notes are for the guard, which goes the other way
	JBE kept
	CMPL BX, $const_opReplace
	JEQ replace
	CMPL BX, $const_opDrop
	JEQ drop
	CMPL BX, $const_opApply
	JEQ mask
	DECQ (R11)(CX*8)
	JMP return

replace:
	CMPL AX, $(1<<24) // null stays
	JB kept
	IMUL3Q $replacement__size, CX, BX
	ADDQ splice_literals(R13), BX
	SUBQ $replacement__size, BX // slots are fields + 1
	MOVL tapeNode_at(R8), CX
	SUBQ R12, CX
	LEAQ 16(DI)(CX*1), AX
	CMPQ AX, DX
	JA undo
	CMPQ (replacement_json+8)(BX), $16
	JA undo
	COPY(exactReplaced, moreReplaced, restReplaced, copiedReplaced)
	VMOVDQU replacement_head(BX), X0
	VMOVDQU X0, (DI)
	ADDQ (replacement_json+8)(BX), DI
	MOVL tapeNode_end(R8), R12
	JMP kept

undo:
	MOVL tapeNode_meta(R8), BX
	ANDL $RULE, BX
	MOVL (R10)(BX*4), BX
	SHRL $8, BX
	DECQ (R11)(BX*8)
	JMP return

	// A value of up to 64 ASCII characters that is masked, as mask.apply does it:
	// what stays is a bit each. Neither a string without escapes nor a number holds
	// a byte that needs one.
mask:
	MOVQ CX, BX
	SHLQ $5, BX
	ADDQ splice_masks(R13), BX
	SUBQ $splicedMask__size, BX // slots are fields + 1
	CMPL splicedMask_char(BX), $0
	JEQ undo
	TESTL $const_escaped, AX
	JNZ undo
	SHRL $24, AX
	JEQ kept // null stays
	SUBL $const_kindNumber, AX
	CMPL AX, $1
	JA undo
	MOVL tapeNode_at(R8), R15
	ADDL AX, R15 // a string has quotes
	MOVL tapeNode_end(R8), CX
	SUBL R15, CX
	SUBL AX, CX
	CMPL CX, $64
	JA undo
	MOVQ $-1, AX
	BZHIQ CX, AX, AX
	KMOVQ AX, K2
	MOVL tapeNode_at(R8), CX
	SUBQ R12, CX
	LEAQ 66(DI)(CX*1), AX // 64 and quotes are stored, whatever the length
	CMPQ AX, DX
	JA undo
	VMOVDQU8.Z (SI)(R15*1), K2, Z1
	VPMOVB2M Z1, K3
	KTESTQ K3, K3
	JNE undo
	VPERMB separators<>(SB), Z1, Z2
	VPCMPEQB Z2, Z1, K3
	COPY(exactMasked, moreMasked, restMasked, copiedMasked)
	KMOVQ K2, AX
	KMOVQ K3, CX
	POPCNTQ AX, R15
	POPCNTQ CX, R10
	MOVQ R15, R11
	SUBQ R10, R11 // characters
	CMPQ R10, R11
	JA hidden
	CMPL R11, splicedMask_least(BX)
	JB hide
	ANDNQ AX, CX, AX
	SUBL splicedMask_behind(BX), R11
	SHLXQ R11, splicedMask_last(BX), R10
	ORQ splicedMask_first(BX), R10
	PDEPQ AX, R10, AX
	ORQ AX, CX
hide:
	KMOVQ CX, K3
	VPBROADCASTD splicedMask_char(BX), Z2
	VMOVDQU8 Z1, K3, Z2
	MOVB $0x22, (DI)
	VMOVDQU64 Z2, 1(DI)
	MOVB $0x22, 1(DI)(R15*1)
	LEAQ 2(DI)(R15*1), DI
	MOVL tapeNode_end(R8), R12
	MOVQ splice_actions(R13), R10
	MOVQ splice_hits(R13), R11
	JMP kept
hidden:
	XORL CX, CX
	JMP hide

container:
	CMPL AX, $(const_kindClose<<24)
	JAE close
	TESTL $const_enterable, AX
	JNZ enter
	ANDL $0xFF, BX
	CMPL BX, $const_opReplace
	JAE return
enter:
	CMPB splice_drops(R13), $0
	JEQ kept
	MOVQ R8, AX
	SUBQ splice_tape(R13), AX
	SHRQ $4, AX
	MOVL AX, container_node(R14)
	MOVL $0, container_cut(R14)
	MOVL R12, container_last(R14)
	MOVQ DI, AX
	SUBQ splice_dst(R13), AX
	MOVQ AX, container_dst(R14)
	ADDQ $container__size, R14
	JMP kept
close:
	CMPB splice_drops(R13), $0
	JEQ kept
	CMPL (container_cut-container__size)(R14), $0
	JNE return
	SUBQ $container__size, R14
	JMP kept

	// A member that is dropped: see renderer.drop.
drop:
	MOVL tapeNode_start(R8), BX
	CMPL BX, tapeNode_at(R8)
	JEQ undo // an element
spaceBefore:
	DECQ BX
	CMPB (SI)(BX*1), $0x20
	JBE spaceBefore
	CMPB (SI)(BX*1), $0x2c
	LEAQ 1(BX), CX
	JNE row
beforeComma:
	DECQ BX
	CMPB (SI)(BX*1), $0x20
	JBE beforeComma
	LEAQ 1(BX), CX // prev
	CMPL CX, (container_cut-container__size)(R14)
	JEQ row
	SUBQ R12, CX
	LEAQ (DI)(CX*1), AX
	CMPQ AX, DX
	JA undo
	COPY(exactDropped, moreDropped, restDropped, copiedDropped)
	MOVL tapeNode_end(R8), R12
	JMP kept
row:
	SUBQ R12, CX
	JLE cut
	LEAQ (DI)(CX*1), AX
	CMPQ AX, DX
	JA undo
	COPY(exactRow, moreRow, restRow, copiedRow)
cut:
	MOVL tapeNode_end(R8), R12
	MOVL R12, (container_cut-container__size)(R14)
	MOVQ R12, AX
spaceBehind:
	MOVBLZX (SI)(AX*1), BX
	INCQ AX
	CMPL BX, $0x20
	JBE spaceBehind
	CMPL BX, $0x2c
	JNE kept
	MOVQ AX, R12
	JMP kept

done:
	MOVQ splice_size(R13), CX
	SUBQ R12, CX
	LEAQ (DI)(CX*1), AX
	CMPQ AX, DX
	JA return
	COPY(exactRest, moreRest, restRest, copiedRest)
	MOVQ splice_size(R13), R12
return:
	VZEROUPPER
	SUBQ splice_dst(R13), DI
	MOVQ DI, splice_length(R13)
	SUBQ splice_tape(R13), R8
	SHRQ $4, R8
	MOVQ R8, splice_n(R13)
	MOVL R12, splice_last(R13)
	SUBQ splice_opened(R13), R14
	MOVQ $0xAAAAAAAAAAAAAAAB, AX // a third
	SHRQ $3, R14
	IMULQ R14, AX
	MOVQ AX, splice_depth(R13)
	RET
