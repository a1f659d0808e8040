package io.amqproxy.benchmark;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;

/** Reads the fields of a performative one after the other; those that are not there are null. */
final class Fields10 {

    private ByteBuffer in = ByteBuffer.allocate(0);
    private int at;
    private int left;

    /** @param list where the list begins */
    void read(ByteBuffer buffer, int list) {
        in = buffer;
        int code = in.get(list) & 0xFF;
        if (code == 0x45) {
            left = 0;
        } else if (code == 0xC0) {
            left = in.get(list + 2) & 0xFF;
            at = list + 3;
        } else if (code == 0xD0) {
            left = in.getInt(list + 5);
            at = list + 9;
        } else {
            throw new IllegalStateException("No list, but " + Integer.toHexString(code));
        }
    }

    Fields10 skip(int count) {
        for (int i = 0; i < count && left > 0; i++) {
            left--;
            at = after(at);
        }
        return this;
    }

    /** {@return the next field, an unsigned number; -1 for null} */
    long number() {
        if (left == 0) {
            return -1;
        }
        int code = in.get(at) & 0xFF;
        long value = switch (code) {
            case 0x40 -> -1;
            case 0x43, 0x44 -> 0;
            case 0x50, 0x52, 0x53 -> in.get(at + 1) & 0xFF;
            case 0x60 -> in.getShort(at + 1) & 0xFFFF;
            case 0x70 -> in.getInt(at + 1) & 0xFFFF_FFFFL;
            default -> throw new IllegalStateException("No number, but " + Integer.toHexString(code));
        };
        skip(1);
        return value;
    }

    boolean flag() {
        if (left == 0) {
            return false;
        }
        int code = in.get(at) & 0xFF;
        boolean value = code == 0x41 || (code == 0x56 && in.get(at + 1) != 0);
        skip(1);
        return value;
    }

    String text() {
        int code = in.get(at) & 0xFF;
        boolean small = code == 0xA1 || code == 0xA3;
        byte[] bytes = new byte[small ? in.get(at + 1) & 0xFF : in.getInt(at + 1)];
        in.get(at + (small ? 2 : 5), bytes);
        skip(1);
        return new String(bytes, UTF_8);
    }

    /** {@return the address of the next field, a source or target; empty for none} */
    String address() {
        int list = after(at + 1);
        Fields10 inner = new Fields10();
        inner.read(in, list);
        skip(1);
        return inner.left == 0 || in.get(inner.at) == 0x40 ? "" : inner.text();
    }

    private int after(int value) {
        int code = in.get(value) & 0xFF;
        if (code == 0) {
            return after(after(value + 1));
        }
        return switch (code >> 4) {
            case 0x4 -> value + 1;
            case 0x5 -> value + 2;
            case 0x6 -> value + 3;
            case 0x7 -> value + 5;
            case 0x8 -> value + 9;
            case 0x9 -> value + 17;
            case 0xA, 0xC, 0xE -> value + 2 + (in.get(value + 1) & 0xFF);
            default -> value + 5 + in.getInt(value + 1);
        };
    }
}
