;; What both shuffles are made of, 16 bytes at a time. `pnpm wasm` makes shuffle-wasm.ts of it.
(module
  ;; Two tiles of 128 KiB, and 1 MiB for a block: see kernels.ts.
  (memory (export "memory") 20)

  ;; Takes every second byte from the others. It goes on to the next multiple of 32 bytes.
  (func (export "unzip") (param $from i32) (param $even i32) (param $odd i32) (param $bytes i32)
    (local $end i32) (local $a v128) (local $b v128)
    (local.set $end (i32.add (local.get $from) (local.get $bytes)))
    (loop $next
      (local.set $a (v128.load (local.get $from)))
      (local.set $b (v128.load offset=16 (local.get $from)))
      (v128.store (local.get $even)
        (i8x16.shuffle 0 2 4 6 8 10 12 14 16 18 20 22 24 26 28 30 (local.get $a) (local.get $b)))
      (v128.store (local.get $odd)
        (i8x16.shuffle 1 3 5 7 9 11 13 15 17 19 21 23 25 27 29 31 (local.get $a) (local.get $b)))
      (local.set $even (i32.add (local.get $even) (i32.const 16)))
      (local.set $odd (i32.add (local.get $odd) (i32.const 16)))
      (local.set $from (i32.add (local.get $from) (i32.const 32)))
      (br_if $next (i32.lt_u (local.get $from) (local.get $end)))))

  ;; The reverse of unzip.
  (func (export "zip") (param $even i32) (param $odd i32) (param $to i32) (param $bytes i32)
    (local $end i32) (local $a v128) (local $b v128)
    (local.set $end (i32.add (local.get $to) (local.get $bytes)))
    (loop $next
      (local.set $a (v128.load (local.get $even)))
      (local.set $b (v128.load (local.get $odd)))
      (v128.store (local.get $to)
        (i8x16.shuffle 0 16 1 17 2 18 3 19 4 20 5 21 6 22 7 23 (local.get $a) (local.get $b)))
      (v128.store offset=16 (local.get $to)
        (i8x16.shuffle 8 24 9 25 10 26 11 27 12 28 13 29 14 30 15 31 (local.get $a) (local.get $b)))
      (local.set $even (i32.add (local.get $even) (i32.const 16)))
      (local.set $odd (i32.add (local.get $odd) (i32.const 16)))
      (local.set $to (i32.add (local.get $to) (i32.const 32)))
      (br_if $next (i32.lt_u (local.get $to) (local.get $end)))))

  ;; Transposes squares of eight by eight bits, each byte a row: Hacker's Delight, section 7-3. It is its own reverse.
  ;; It goes on to the next multiple of 16 bytes.
  (func (export "transpose") (param $at i32) (param $bytes i32)
    (call $swap (local.get $at) (local.get $bytes) (i32.const 7) (i64.const 0x00aa00aa00aa00aa))
    (call $swap (local.get $at) (local.get $bytes) (i32.const 14) (i64.const 0x0000cccc0000cccc))
    (call $swap (local.get $at) (local.get $bytes) (i32.const 28) (i64.const 0x00000000f0f0f0f0)))

  ;; Swaps the bits of a mask with those that stand $distance higher, in all words of 64 bits.
  (func $swap (param $at i32) (param $bytes i32) (param $distance i32) (param $mask i64)
    (local $end i32) (local $all v128) (local $changed v128)
    (local.set $end (i32.add (local.get $at) (local.get $bytes)))
    (loop $next
      (local.set $all (v128.load (local.get $at)))
      (local.set $changed
        (v128.and (i64x2.splat (local.get $mask))
          (v128.xor (local.get $all) (i64x2.shr_u (local.get $all) (local.get $distance)))))
      (v128.store (local.get $at)
        (v128.xor (local.get $all)
          (v128.xor (local.get $changed) (i64x2.shl (local.get $changed) (local.get $distance)))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $end))))))
