// The third step of candidatesVBMI, included once with V0 to V31 for eight windows
// and once for four. V8 to V15 are the classes d x l c h p z r, as in the table:
// what is l and z is a quote, what is l and r an underscore, z and r an equals sign.

	VMOVDQU64 V8, (64*const_blockDigits)(DI)
	VMOVDQA64 V15, V30
	VPTERNLOGQ $0x10, V14, V10, V30 // r
	VPANDQ V31, V30, V30
	VMOVDQU64 V30, (64*const_blockRare)(DI)
	VPORQ V9, V8, V0               // g
	VPSLLQ $1, V8, V2              // d<<1
	VPSRLQ $1, V8, V3              // d>>1
	VPSRLQ $2, V8, V4              // d>>2
	VPANDQ V3, V8, V5              // d2

	// number
	VMOVDQA64 V14, V1
	VPTERNLOGQ $0x10, V15, V10, V1 // z
	VPTERNLOGQ $0xfe, V12, V13, V1 // sep
	VPSRLQ $1, V1, V6
	VPANDQ V2, V1, V1              // inner
	VPTERNLOGQ $0x80, V4, V1, V6   // pair
	VPANDQ V3, V1, V7
	VPTERNLOGQ $0xfe, V6, V8, V7
	VPSLLQ $1, V6, V6
	VPORQ V6, V7, V7               // n
	VPSRLQ $1, V7, V6
	VPANDQ V6, V7, V7
	VPSRLQ $2, V7, V6
	VPANDQ V6, V7, V7
	VPSRLQ $4, V7, V6
	VPANDQ V6, V7, V7              // n8
	VPSRLQ $3, V7, V6
	VPANDQ V6, V7, V7
	VPSRLQ $2, V5, V6
	VPANDQ V5, V6, V6              // d4
	VPSRLQ $4, V6, V23
	VPANDQ V23, V6, V6             // d8
	VPSRLQ $8, V8, V23
	VPTERNLOGQ $0xf8, V23, V6, V7
	VPANDQ V8, V7, V7
	DONE(const_familyNumber, V7)

	// hex
	VPSRLQ $1, V0, V6
	VPANDQ V0, V6, V6              // g2
	VPSRLQ $2, V6, V23
	VPANDQ V6, V23, V23            // g4
	VPSRLQ $4, V23, V24
	VPANDQ V23, V24, V24           // g8
	VPSRLQ $8, V23, V25
	VPANDQ V25, V24, V24
	VPSRLQ $1, V9, V25
	VPORQ V9, V25, V25
	VPSRLQ $2, V25, V26
	VPORQ V26, V25, V25            // x4
	VPSRLQ $4, V25, V26
	VPSRLQ $8, V25, V27
	VPTERNLOGQ $0xfe, V27, V26, V25
	VPANDQ V25, V24, V24
	DONE(const_familyHex, V24)

	// dashed
	VPSRLQ $5, V12, V24
	VPANDQ V12, V24, V24           // h5
	VPSRLQ $10, V24, V25
	VPANDQ V25, V24, V24
	DONE(const_familyDashed, V24)

	// octets
	VPANDQ V10, V15, V24           // u
	VPTERNLOGQ $0xfe, V11, V12, V24
	VPSRLQ $1, V0, V25
	VPSRLQ $2, V0, V26
	VPTERNLOGQ $0x80, V25, V26, V24 // m
	VPSRLQ $3, V24, V25
	VPANDQ V24, V25, V25           // m2
	VPSRLQ $6, V25, V26
	VPSRLQ $12, V24, V24
	VPTERNLOGQ $0x80, V25, V26, V24
	DONE(const_familyOctets, V24)

	// cisco
	VPSRLQ $5, V13, V24
	VPANDQ V13, V24, V24
	VPSRLQ $1, V23, V25
	VPSRLQ $6, V23, V26
	VPTERNLOGQ $0x80, V25, V26, V24
	DONE(const_familyCisco, V24)

	// colon
	VPSRLQ $1, V11, V24
	VPSRLQ $2, V0, V25
	VPTERNLOGQ $0x80, V0, V24, V25 // cg
	VPSRLQ $2, V25, V26
	VPSRLQ $3, V25, V27
	VPSRLQ $4, V25, V28
	VPTERNLOGQ $0xfe, V28, V27, V26
	VPSRLQ $5, V25, V27
	VMOVDQA64 V25, V28
	VPTERNLOGQ $0xe0, V27, V26, V28 // cg2
	VPSRLQ $2, V28, V26
	VPSRLQ $3, V28, V27
	VPSRLQ $4, V28, V29
	VPTERNLOGQ $0xfe, V29, V27, V26
	VPSRLQ $5, V28, V27
	VPTERNLOGQ $0xe0, V27, V26, V25
	VPTERNLOGQ $0xf8, V24, V11, V25
	DONE(const_familyColon, V25)

	// quad
	VPSRLQ $1, V13, V24
	VPTERNLOGQ $0x80, V4, V8, V24  // dd
	VPSRLQ $2, V24, V25
	VPSRLQ $3, V24, V26
	VPSRLQ $4, V24, V27
	VPTERNLOGQ $0xfe, V27, V26, V25
	VPANDQ V24, V25, V25           // dd2
	VPSRLQ $2, V25, V26
	VPSRLQ $3, V25, V27
	VPSRLQ $4, V25, V28
	VPTERNLOGQ $0xfe, V28, V27, V26
	VPANDQ V26, V25, V25
	DONE(const_familyQuad, V25)

	// degrees
	VPSRLQ $3, V5, V25
	VPANDQ V25, V24, V24
	VPSLLQ $2, V11, V25
	VPSLLQ $5, V11, V26
	VPTERNLOGQ $0x70, V26, V25, V24
	DONE(const_familyDegrees, V24)

	// token, armor, label: where one of them is enabled
	TESTQ R15, R15
	JZ    LOOK
	VMOVDQA64 V10, V24
	VPTERNLOGQ $0x10, V14, V15, V24 // l
	VPORQ V0, V24, V24
	VPSRLQ $1, V24, V25
	VPANDQ V25, V24, V24
	VPSRLQ $2, V24, V25
	VPANDQ V25, V24, V24
	VPSRLQ $4, V24, V25
	VPANDQ V25, V24, V24           // a8
	VPSRLQ $8, V24, V25
	VPANDQ V25, V24, V24
	VPORQ V3, V8, V25
	VPSRLQ $2, V25, V26
	VPORQ V26, V25, V25
	VPSRLQ $4, V25, V26
	VPORQ V26, V25, V25            // e8
	VPSRLQ $8, V25, V26
	VPTERNLOGQ $0xe0, V26, V25, V24
	DONE(const_familyToken, V24)

	// armor
	VPSRLQ $1, V12, V24
	VPANDQ V12, V24, V24           // h2
	VPSRLQ $2, V24, V25
	VPSRLQ $4, V12, V26
	VPTERNLOGQ $0x80, V25, V26, V24
	DONE(const_familyArmor, V24)

	// label
	VPANDQ V10, V14, V24           // q
	VPSLLQ $1, V24, V25
	VPANDNQ V24, V25, V24
	VPSLLQ $1, V24, V24            // behind one quote
	VPTERNLOGQ $0x70, V3, V2, V11
	VPTERNLOGQ $0xf8, V15, V14, V11
	VPANDNQ V11, V24, V11
	VPSLLQ $const_labelReach, V31, V31
	DONE(const_familyLabel, V11)

