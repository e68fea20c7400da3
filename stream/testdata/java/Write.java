// Writes the *.bin files of this folder with Apache Kafka's own classes
// (org.apache.kafka:kafka-clients:4.1.1 and what it brings):
//
//	java -cp 'lib/*' Write.java .
//
// java_test.go knows the records.
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.CompressionType;
import org.apache.kafka.common.record.MemoryRecordsBuilder;
import org.apache.kafka.common.record.TimestampType;

public class Write {
    static final int RECORDS = 30;

    public static void main(String[] args) throws Exception {
        for (CompressionType codec : CompressionType.values())
            for (byte magic = 0; magic <= 2; magic++)
                if (magic == 2 || codec != CompressionType.ZSTD)
                    Files.write(Path.of(args[0], "v" + magic + "-" + codec.name + ".bin"), write(magic, codec));
    }

    static byte[] write(byte magic, CompressionType codec) {
        boolean v2 = magic == 2;
        TimestampType time = magic == 0 ? TimestampType.NO_TIMESTAMP_TYPE : TimestampType.CREATE_TIME;
        MemoryRecordsBuilder records = new MemoryRecordsBuilder(ByteBuffer.allocate(1 << 20), magic,
            Compression.of(codec).build(), time, 100L, -1L, v2 ? 7L : -1L, (short) (v2 ? 3 : -1), v2 ? 42 : -1, v2, false, v2 ? 5 : -1, 1 << 20);
        for (int i = 0; i < RECORDS; i++) {
            byte[] key = i % 3 == 0 ? null : bytes("key-" + i);
            byte[] value = i % 5 == 0 ? null : i % 5 == 1 ? new byte[0] : bytes(("{\"seq\":" + i + "}").repeat(1 + i % 7 * 3));
            long timestamp = magic == 0 ? -1L : 1760256000000L + i * 7L - i % 5 * 100L;
            if (v2)
                records.append(timestamp, key, value, headers(i));
            else
                records.append(timestamp, key, value);
        }
        ByteBuffer out = records.build().buffer();
        byte[] p = new byte[out.remaining()];
        out.get(p);
        return p;
    }

    static Header[] headers(int i) {
        List<Header> out = new ArrayList<>();
        for (int j = 0; j < i % 4; j++) {
            out.add(new RecordHeader("trace", bytes(i + "-" + j)));
            if (j == 1) {
                out.add(new RecordHeader("", (byte[]) null));
                out.add(new RecordHeader("empty", new byte[0]));
            }
        }
        return out.toArray(new Header[0]);
    }

    static byte[] bytes(String s) {
        return s.getBytes(StandardCharsets.UTF_8);
    }
}
