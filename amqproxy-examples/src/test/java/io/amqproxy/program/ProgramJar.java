package io.amqproxy.program;

import io.amqproxy.AmqProxy;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the program's jar will have, while there is none: what its build takes of the class path, without a manifest.
 */
final class ProgramJar {

    private static final Pattern PROGRAM = Pattern.compile(
            "(?:io/amqproxy/(?!examples/|benchmark/)|ch/qos/logback/|io/netty/|io/prometheus/|org/jspecify/"
                    + "|org/apache/commons/cli/|org/slf4j/|META-INF/services/io\\.amqproxy\\.).*\\.\\w+");
    private static final Pattern OF_TESTS = Pattern.compile("test-classes|-tests\\.jar$");

    private ProgramJar() {}

    static Path write(Path jar) throws IOException {
        Set<String> written = new HashSet<>();
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file)) {
            for (Path entry : classPath()) {
                if (Files.isDirectory(entry)) {
                    add(entry, out, written);
                } else if (Files.isRegularFile(entry)) {
                    try (FileSystem zip = FileSystems.newFileSystem(entry)) {
                        add(zip.getPath("/"), out, written);
                    }
                }
            }
        }
        return jar;
    }

    /** Whatever class loader the tests have: all jars with a manifest, and the folders of the three modules. */
    private static Set<Path> classPath() throws IOException {
        Set<Path> all = new LinkedHashSet<>();
        try {
            for (Class<?> one :
                    List.of(Main.class, AmqProxy.class, AmqProxy.builder().getClass())) {
                all.add(Path.of(
                        one.getProtectionDomain().getCodeSource().getLocation().toURI()));
            }
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
        for (URL manifest : Collections.list(ProgramJar.class.getClassLoader().getResources("META-INF/MANIFEST.MF"))) {
            if (manifest.openConnection() instanceof JarURLConnection jar) {
                all.add(Path.of(jar.getJarFileURL().getPath()));
            }
        }
        all.removeIf(entry -> OF_TESTS.matcher(entry.toString()).find());
        return all;
    }

    private static void add(Path root, JarOutputStream out, Set<String> written) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            files.forEach(file -> {
                String name = root.relativize(file).toString();
                if (PROGRAM.matcher(name).matches() && written.add(name)) {
                    add(file, name, out);
                }
            });
        }
    }

    private static void add(Path file, String name, JarOutputStream out) {
        try {
            out.putNextEntry(new JarEntry(name));
            Files.copy(file, out);
            out.closeEntry();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
