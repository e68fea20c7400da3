//go:build !purego

#include "go_asm.h"
#include "textflag.h"

// walk: see vector.go, whose labels these are. It does what a record is full
// of, in registers, and returns with an event at everything else.
//
//	SI  the record             DI  where the next node goes
//	R8  the next position      R9  the last but one
//	R10 the history of names   R11 state<<8 + 1
//	R12 where next is          R13 *walk
//	R14 start                  R15 what
//	DX  the colon, then v      CX  q
//
// A position that was not taken yet stands in the record behind everything that
// is read here: so no byte needs a check against the record's length of its
// own, and skipping white space ends.

#define RULE const_ruleMask
#define FILTERED const_filtered
#define INHERITED const_inherited

// By bits 3 and 4 of its first byte, a literal: its first four bytes, its
// length and its last byte.
DATA literals<>+0x00(SB)/4, $0x736c6166
DATA literals<>+0x04(SB)/4, $0x00006505
DATA literals<>+0x08(SB)/4, $0x6c6c756e
DATA literals<>+0x0c(SB)/4, $0x00006c04
DATA literals<>+0x10(SB)/4, $0x65757274
DATA literals<>+0x14(SB)/4, $0x00006504
DATA literals<>+0x18(SB)/4, $0x00000000
DATA literals<>+0x1c(SB)/4, $0x000000ff
GLOBL literals<>(SB), RODATA|NOPTR, $32

// NODE writes the node of the value from DX to AX, whether or not it is wanted,
// which is hard to predict, and takes its last position.
#define NODE \
	MOVL R14, tapeNode_start(DI) \
	MOVL DX, tapeNode_at(DI)     \
	MOVL AX, tapeNode_end(DI)    \
	ORL R15, BX                  \
	MOVL BX, tapeNode_meta(DI)   \
	ORL walk_unkept(R13), R15    \
	ANDL $~const_enterable, R15  \
	NEGL R15                     \
	SBBQ AX, AX                  \
	ANDL $16, AX                 \
	ADDQ AX, DI                  \
	ADDQ $4, R8

// func walkRecord(w *walk)
TEXT ·walkRecord(SB), NOSPLIT, $32-8
	MOVQ w+0(FP), R13
	MOVQ walk_rec(R13), SI
	MOVQ walk_tape(R13), DI
	MOVQ walk_used(R13), AX
	SHLQ $4, AX
	ADDQ AX, DI
	MOVQ walk_at(R13), AX
	MOVQ walk_n(R13), R9
	LEAQ -8(AX)(R9*4), R9
	MOVQ walk_k(R13), R8
	LEAQ (AX)(R8*4), R8
	MOVL walk_history(R13), R10
	MOVL walk_state(R13), R11
	SHLL $8, R11
	INCL R11
	LEAQ walk_next(R13), R12
	MOVQ walk_start(R13), R14
	MOVL walk_what(R13), R15
	MOVQ walk_v(R13), DX
	MOVQ walk_resume(R13), AX
	CMPQ AX, $const_atName
	JEQ name
	CMPQ AX, $const_atElement
	JEQ element
	CMPQ AX, $const_behindValue
	JEQ behind

value:
	LEAQ -4(R8), AX
	CMPQ AX, R9
	JA moreValue
	MOVL (R8), CX
	MOVBLZX (SI)(DX*1), AX
kind:
	MOVQ walk_first(R13), BX
	MOVL (BX)(AX*4), BX
	CMPL BX, $(const_kindOpen<<24)
	JGE open
	MOVQ CX, AX
	TESTL BX, BX
	JLT careful
	NODE

after:
	MOVBLZX (SI)(CX*1), AX
	LEAQ 1(CX), R14
	CMPL AX, $0x2c
	JNE close
	CMPB walk_closing(R13), $0x7d
	JNE element

name:
	CMPQ R8, R9
	JA moreName
	MOVQ walk_memo(R13), BX
	MOVL memo_guesses(BX)(R10*1), CX
	LEAQ (BX)(CX*8), BX
	CMPQ R14, walk_lastText(R13)
	JGT tail
	VMOVDQU8 (SI)(R14*1), Z16 // of 16 to 31: no VZEROUPPER is needed
expect: // the name that is guessed
	VPCMPEQB remembered_text(BX), Z16, K1
	KMOVQ K1, AX
	ANDNQ remembered_mask(BX), AX, AX
	JNZ unexpected
	CMPL R11, remembered_in(BX)
	JNE unexpected
	MOVL (R8), DX
known: // at BX, and CX is guess
	MOVL spelled_meta(BX), R15
	LEAQ spelled_next(BX), R12
	LEAL (CX)(R10*8), R10
	ANDL $const_guessMask, R10
	MOVL 4(R8), CX
	CMPL walk_inner(R13), $0
	JNE inherit
colon:
	ADDQ $4, R8
	INCQ DX
	MOVBLZX (SI)(DX*1), AX
	JMP kind

careful: // BX negative: white space, a word, or whatever there is more to look at
	TESTL $(1<<30), BX
	JNZ spaceBeforeValue
begun:
	MOVQ CX, AX
	CMPB -1(SI)(CX*1), $0x20
	JBE spaceBehindValue
ended: // AX is the end of the value
	ANDL $0x3fffffff, BX
	CMPL BX, $(const_kindString<<24)
	JEQ string
	CMPL BX, $(const_kindNumber<<24)
	JNE literal
	CMPB walk_odd(R13), $0
	JNE slowValue
node:
	NODE
	MOVBLZX (SI)(CX*1), AX
	LEAQ 1(CX), R14
	CMPL AX, $0x2c
	JNE close
	CMPB walk_closing(R13), $0x7d
	JNE element
	CMPQ R8, R9
	JA moreName
spaceBehindComma:
	CMPB (SI)(R14*1), $0x20
	JA name
	INCQ R14
	JMP spaceBehindComma

spaceBeforeValue:
	MOVQ walk_first(R13), AX
skipBeforeValue:
	INCQ DX
	MOVBLZX (SI)(DX*1), BX
	MOVL (AX)(BX*4), BX
	TESTL $(1<<30), BX
	JNZ skipBeforeValue
	MOVBLZX (SI)(DX*1), AX
	CMPL BX, $(const_kindOpen<<24)
	JGE open
	JMP begun

tail: // nothing is read behind the record, whose page ends
	MOVQ walk_size(R13), DX
	SUBQ R14, DX
	MOVQ $-1, AX
	BZHIQ DX, AX, AX
	KMOVQ AX, K1
	VMOVDQU8.Z (SI)(R14*1), K1, Z16
	JMP expect

unexpected:
	MOVL (R8), DX
	CMPB (SI)(R14*1), $0x22
	JNE spaceBeforeName
	MOVWLZX -1(SI)(DX*1), BX
	LEAQ -2(DX), AX
	SUBQ R14, AX
	CMPL BX, $0x3a22
	JNE spaceBehindName
length: // AX
	CMPQ AX, $const_memoShort
	JA slowName
	CMPQ R14, walk_lastName(R13)
	JGT slowName
	LEAL (R11)(AX*1), R15 // the tag
	SHLL $4, AX
	ADDQ walk_keep(R13), AX
	MOVQ 1(SI)(R14*1), BX
	ANDQ 0(AX), BX
	MOVQ 8(AX), AX
	ANDQ 9(SI)(R14*1), AX
	RORXQ $35, AX, CX
	XORQ BX, CX
	RORXQ $24, R15, R12 // a tag has 24 bits
	XORQ R12, CX
	IMULQ walk_spread(R13), CX
	SHRQ $(64-const_memoBits), CX
	SHLQ $8, CX
	ADDQ walk_memo(R13), CX
	XORQ spelled_k0(CX), BX
	XORQ spelled_k1(CX), AX
	XORL spelled_tag(CX), R15
	MOVQ BX, R12
	ORQ AX, R12
	ORQ R15, R12
	JZ remembered
	// the second way
	XORQ spelled_k0(CX), BX
	XORQ spelled_k1(CX), AX
	XORL spelled_tag(CX), R15
	ADDQ $remembered__size, CX
	XORQ spelled_k0(CX), BX
	XORQ spelled_k1(CX), AX
	XORL spelled_tag(CX), R15
	ORQ AX, BX
	ORQ R15, BX
	JNZ slowName
remembered:
	TESTL $FILTERED, spelled_meta(CX)
	JNZ slowName
	MOVQ CX, BX
	MOVQ walk_memo(R13), AX
	SUBQ AX, CX
	SHRQ $3, CX
	MOVL CX, memo_guesses(AX)(R10*1)
	JMP known

inherit:
	TESTL $RULE, R15
	JNZ colon
	ORL walk_inner(R13), R15
	JMP colon

spaceBeforeName:
	CMPB (SI)(R14*1), $0x20
	JA bad
	INCQ R14
	CMPB (SI)(R14*1), $0x22
	JEQ name
	JMP spaceBeforeName

spaceBehindName:
	CMPB (SI)(DX*1), $0x3a
	JNE bad
	LEAQ -1(DX), AX
skipBehindName:
	CMPB (SI)(AX*1), $0x20
	JA nameEnds
	DECQ AX
	JMP skipBehindName
nameEnds:
	SUBQ R14, AX
	DECQ AX
	JMP length

spaceBehindValue:
	DECQ AX
skipBehindValue:
	CMPB -1(SI)(AX*1), $0x20
	JA ended
	DECQ AX
	JMP skipBehindValue

literal: // null, true, false, or no value at all
	MOVQ R8, 0(SP)
	MOVBLZX (SI)(DX*1), CX
	SHRL $3, CX
	ANDL $3, CX
	LEAQ literals<>(SB), R8
	LEAQ (R8)(CX*8), R8
	MOVQ AX, CX
	SUBQ DX, CX
	MOVQ R11, 8(SP)
	MOVBQZX 4(R8), R11
	CMPQ CX, R11
	MOVQ 8(SP), R11
	JNE bad
	MOVL (SI)(DX*1), CX
	CMPL CX, (R8)
	JNE bad
	MOVBLZX -1(SI)(AX*1), CX
	CMPB CX, 5(R8)
	JNE bad
	MOVQ 0(SP), R8
	MOVL (R8), CX
	JMP node

string: // it may have a backslash
	CMPB walk_backs(R13), $0
	JEQ node
	MOVL R15, CX
	ORL walk_unkept(R13), CX
	TESTL $~const_enterable, CX
	MOVL (R8), CX
	JZ node // nobody will look at it
	MOVQ R12, 24(SP)
	// any backslash in bytes DX to AX? The first is in word R12 of the bitmap.
	MOVQ R11, 0(SP)
	MOVQ R9, 8(SP)
	MOVQ walk_back(R13), R9
	MOVQ DX, CX
	SUBQ walk_from(R13), CX
	JLT farBackslash
	MOVQ CX, R12
	SHRQ $6, R12
	SHRXQ CX, (R9)(R12*8), R11 // from the first on
	LEAQ -1(AX), CX
	SUBQ walk_from(R13), CX
	MOVQ CX, 16(SP)
	SHRQ $6, CX
	CMPQ R12, CX
	JEQ oneWord
nextWord:
	TESTQ R11, R11
	JNZ looked
	INCQ R12
	MOVQ (R9)(R12*8), R11
	CMPQ R12, CX
	JB nextWord
	MOVQ 16(SP), CX
	NOTQ CX
	SHLXQ CX, R11, R11 // up to the last
	JMP looked
oneWord:
	SUBQ AX, DX
	NEGQ DX // how many
	CMPQ DX, $64
	JAE whole
	BZHIQ DX, R11, R11
whole:
	SUBQ AX, DX
	NEGQ DX
looked:
	XORL CX, CX
	TESTQ R11, R11
	SETNE CX
	SHLL $22, CX
	ORL CX, BX
	MOVQ 8(SP), R9
	MOVQ 0(SP), R11
	MOVL (R8), CX
	MOVQ 24(SP), R12
	JMP node

farBackslash:
	MOVQ 8(SP), R9
	MOVQ 0(SP), R11
	MOVQ 24(SP), R12
	JMP slowValue

element:
	LEAQ -4(R8), AX
	CMPQ AX, R9
	JA moreElement
	MOVL (R8), CX
skipBeforeElement:
	MOVBLZX (SI)(R14*1), AX
	CMPL AX, $0x20
	JBE spaceBeforeElement
	MOVL walk_state(R13), BX
	SHLL $4, BX
	ADDQ walk_states(R13), BX
	CMPL walkState_slow(BX), $0
	JNE slowElement
	MOVL walk_inner(R13), R15
	TESTL $FILTERED, R15
	JNZ slowElement
	LEAQ walkState_element(BX), R12
	MOVQ R14, DX
	JMP kind
spaceBeforeElement:
	INCQ R14
	JMP skipBeforeElement

open:
	CMPQ CX, DX
	JNE bad
	TESTL $(RULE|FILTERED|INHERITED), R15
	JNZ slowValue
	CMPQ R8, R9
	JA moreValue
	MOVL (R12), R11 // the state inside
	MOVL R11, walk_next(R13)
	MOVQ walk_depth(R13), BX
	CMPQ BX, walk_maxDepth(R13)
	JAE slowValue
	LEAL 2(AX), CX // the closing bracket
	MOVQ DX, R12
skipBehindOpen:
	INCQ R12
	CMPB (SI)(R12*1), $0x20
	JBE skipBehindOpen
	CMPB (SI)(R12*1), CX
	JEQ empty
	CMPL AX, $0x5b
	JEQ openArray
	// an object
	SHLQ $4, BX
	ADDQ walk_frames(R13), BX
	MOVL walk_state(R13), AX
	MOVL AX, frame_state(BX)
	MOVL walk_inner(R13), AX
	MOVL AX, frame_inner(BX)
	XORL AX, AX
opened: // AX is inner
	MOVL AX, walk_inner(R13)
	MOVL walk_node(R13), AX
	MOVL AX, frame_node(BX)
	MOVB walk_closing(R13), AX
	MOVB AX, frame_closing(BX)
	INCQ walk_depth(R13)
	MOVL R11, walk_state(R13)
	SHLL $8, R11
	INCL R11
	MOVB CX, walk_closing(R13)
	MOVL $-1, walk_node(R13)
	ADDQ $4, R8
	CMPB walk_containers(R13), $0
	JEQ entered
	MOVL R14, tapeNode_start(DI)
	MOVL DX, tapeNode_at(DI)
	MOVL $0, tapeNode_end(DI)
	ORL $(const_kindOpen<<24), R15
	MOVL R15, tapeNode_meta(DI)
	MOVQ DI, AX
	SUBQ walk_tape(R13), AX
	SHRQ $4, AX
	MOVL AX, walk_node(R13)
	ADDQ $16, DI
entered:
	MOVQ R12, R14
	CMPB CX, $0x7d
	JEQ name
	JMP element
openArray:
	MOVQ R11, AX
	SHLL $4, AX
	ADDQ walk_states(R13), AX
	CMPL walkState_slow(AX), $0
	JNE empty
	SHLQ $4, BX
	ADDQ walk_frames(R13), BX
	MOVL walkState_inner(AX), AX
	MOVL AX, 0(SP)
	MOVL walk_state(R13), AX
	MOVL AX, frame_state(BX)
	MOVL walk_inner(R13), AX
	MOVL AX, frame_inner(BX)
	MOVL 0(SP), AX
	JMP opened
empty:
	MOVL walk_state(R13), R11
	SHLL $8, R11
	INCL R11
	LEAQ walk_next(R13), R12
	JMP slowValue

close: // AX, at CX
	CMPB AX, walk_closing(R13)
	JNE bad
	MOVLQSX walk_node(R13), BX
	TESTQ BX, BX
	JLT closed
	MOVL BX, tapeNode_start(DI)
	MOVL CX, tapeNode_at(DI)
	MOVL R14, tapeNode_end(DI)
	MOVL $(const_kindClose<<24), tapeNode_meta(DI)
	SHLQ $4, BX
	ADDQ walk_tape(R13), BX
	MOVQ DI, AX
	SUBQ walk_tape(R13), AX
	SHRQ $4, AX
	MOVL AX, tapeNode_end(BX)
	ADDQ $16, DI
closed:
	MOVQ walk_depth(R13), BX
	DECQ BX
	MOVQ BX, walk_depth(R13)
	SHLQ $4, BX
	ADDQ walk_frames(R13), BX
	MOVL frame_state(BX), R11
	MOVL R11, walk_state(R13)
	SHLL $8, R11
	INCL R11
	MOVL frame_inner(BX), AX
	MOVL AX, walk_inner(R13)
	MOVL frame_node(BX), AX
	MOVL AX, walk_node(R13)
	MOVBLZX frame_closing(BX), AX
	MOVB AX, walk_closing(R13)
	TESTL AX, AX
	JZ finished

behind:
	LEAQ -4(R8), AX
	CMPQ AX, R9
	JA moreBehind
	MOVL (R8), CX
	ADDQ $4, R8
	JMP after

bad:
	MOVQ $const_eventBad, walk_event(R13)
	RET
finished:
	MOVQ $const_eventDone, AX
	JMP return
slowName:
	MOVQ $const_eventName, AX
	JMP return
slowElement:
	MOVQ $const_eventElement, AX
	JMP return
slowValue:
	MOVL (R12), AX
	MOVL AX, walk_next(R13)
	MOVQ $const_eventValue, AX
	JMP return
moreName:
	MOVQ $const_atName, walk_resume(R13)
	JMP more
moreElement:
	MOVQ $const_atElement, walk_resume(R13)
	JMP more
moreValue:
	MOVL (R12), AX
	MOVL AX, walk_next(R13)
	MOVQ $const_atValue, walk_resume(R13)
	JMP more
moreBehind:
	MOVQ $const_behindValue, walk_resume(R13)
more:
	MOVQ $const_eventMore, AX
return:
	MOVQ AX, walk_event(R13)
	SUBQ walk_at(R13), R8
	SHRQ $2, R8
	MOVQ R8, walk_k(R13)
	SUBQ walk_tape(R13), DI
	SHRQ $4, DI
	MOVQ DI, walk_used(R13)
	MOVQ R14, walk_start(R13)
	MOVQ DX, walk_v(R13)
	MOVL R15, walk_what(R13)
	MOVL R10, walk_history(R13)
	RET
