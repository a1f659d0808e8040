package io.amqproxy.program;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the one simple form of INI that configuration files of this kind have: sections, {@code key = value}, and lines
 * of comment that begin with {@code ;} or {@code #}. A value goes to the end of its line. A key before the first
 * section belongs to {@code [main]}.
 *
 * <p>The libraries that read INI files forgive what they do not understand and forget where it was. An operator is
 * better served by a strict reader that names the line.
 */
final class IniFile {

    /** One {@code key = value}. */
    record Entry(String section, String key, String value, int line) {}

    private static final int MAX_SIZE = 1024 * 1024;

    private IniFile() {}

    /** Reads a file; what it holds is never repeated in a message, as it may be a secret. */
    static List<Entry> read(Path file) throws BadConfiguration {
        return parse(file.toString(), text(file));
    }

    /** The text of a file, up to 1 MiB of UTF-8. */
    static String text(Path file) throws BadConfiguration {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_SIZE + 1);
            if (bytes.length > MAX_SIZE) {
                throw new BadConfiguration(file + ": the file is larger than 1 MiB");
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new BadConfiguration(file + ": the file is not UTF-8");
        } catch (NoSuchFileException e) {
            throw new BadConfiguration(file + ": no such file");
        } catch (AccessDeniedException e) {
            throw new BadConfiguration(file + ": the file may not be read");
        } catch (IOException e) {
            throw new BadConfiguration(file + ": the file cannot be read: " + e.getMessage());
        }
    }

    private static List<Entry> parse(String name, String text) throws BadConfiguration {
        List<Entry> entries = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        String section = Option.MAIN;
        int number = 0;
        for (String raw : text.lines().toList()) {
            number++;
            String line = (number == 1 && raw.startsWith("\ufeff") ? raw.substring(1) : raw).strip();
            int equals = line.indexOf('=');
            if (line.isEmpty() || line.startsWith("#") || line.startsWith(";")) {
                continue;
            }
            if (line.startsWith("[") && line.endsWith("]")) {
                section = line.substring(1, line.length() - 1).strip();
            } else if (equals > 0) {
                entries.add(new Entry(
                        section,
                        line.substring(0, equals).strip(),
                        line.substring(equals + 1).strip(),
                        number));
            } else {
                problems.add(name + " line " + number + ": expected key = value or [section]");
            }
        }
        if (!problems.isEmpty()) {
            throw new BadConfiguration(problems);
        }
        return entries;
    }
}
