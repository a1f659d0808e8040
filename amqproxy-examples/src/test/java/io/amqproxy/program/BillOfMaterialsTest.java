package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.testkit.Requirements;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the program's bill of materials says, and what is in its jar, as the build has left them. */
@Tag("process")
class BillOfMaterialsTest {

    private static final Path JAR = Path.of("target", "amqproxy.jar");
    private static final Path BILL = Path.of("target", "amqproxy.cdx.json");
    private static final Pattern IN_JAR = Pattern.compile("META-INF/maven/([^/]+)/([^/]+)/pom\\.properties");
    private static final Pattern IN_BILL = Pattern.compile("\"purl\" : \"pkg:maven/([^/]+)/([^@]+)@");

    @Test
    void theBillHasWhatTheJarHas() throws Exception {
        Requirements.check(Files.exists(JAR) && Files.exists(BILL), JAR + " and " + BILL + " of the phase package");
        Set<String> included = Pattern.compile("<include>([\\w.-]+):([\\w*-]+)</include>")
                .matcher(Files.readString(Path.of("pom.xml")))
                .results()
                .map(include -> include.group(1))
                .collect(Collectors.toSet());

        Set<String> billed = IN_BILL.matcher(Files.readString(BILL))
                .results()
                .map(one -> one.group(1) + ':' + one.group(2))
                .collect(Collectors.toSet());

        Set<String> inJar = inJar();
        inJar.removeIf(one -> one.startsWith("org.jctools:")); // Netty's own copy, under names of Netty's.
        assertThat(billed).containsAll(inJar).contains("io.amqproxy:amqproxy-impl", "org.jspecify:jspecify");
        assertThat(billed).allMatch(component -> included.contains(component.substring(0, component.indexOf(":"))));
    }

    /** Of those that say so. */
    private static Set<String> inJar() throws Exception {
        try (JarFile jar = new JarFile(JAR.toFile())) {
            Set<String> all = jar.stream()
                    .map(entry -> IN_JAR.matcher(entry.getName()))
                    .filter(Matcher::matches)
                    .map(matcher -> matcher.group(1) + ':' + matcher.group(2))
                    .collect(Collectors.toSet());
            assertThat(all).hasSizeGreaterThan(5);
            return all;
        }
    }
}
