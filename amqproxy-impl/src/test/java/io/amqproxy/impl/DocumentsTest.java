package io.amqproxy.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.AmqProxy;
import io.amqproxy.ClientLimits;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the documents name is there. */
class DocumentsTest {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Path GUIDE = ROOT.resolve("amqproxy-api").resolve("GUIDE.md");
    private static final Pattern LINK = Pattern.compile("]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");
    private static final Pattern CLASS_NAME = Pattern.compile("`([A-Z]\\w*[a-z]\\w*)(?:[.#(][^`]*)?`");
    private static final Pattern TYPE = Pattern.compile("\\b(?:class|interface|record|enum) ([A-Z]\\w*)");
    private static final Set<String> OF_THE_JDK = Set.of("Error", "SSLEngine");
    private static final int README_BYTES = 11_000;

    private static List<Path> files(String suffix) throws IOException {
        List<Path> files = new ArrayList<>();
        for (String place : List.of(".github", "amqproxy-api", "amqproxy-impl", "amqproxy-examples")) {
            try (Stream<Path> tree = Files.walk(ROOT.resolve(place))) {
                tree.filter(file -> file.toString().endsWith(suffix)
                                && !ROOT.relativize(file).toString().contains("target"))
                        .forEach(files::add);
            }
        }
        return files;
    }

    private static Set<String> found(Pattern pattern, Path file) throws IOException {
        return pattern.matcher(Files.readString(file))
                .results()
                .map((MatchResult match) -> match.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** As GitHub does: lower case, hyphens for spaces, and without most other characters. */
    private static String anchor(String heading) {
        return heading.toLowerCase(Locale.ROOT).replaceAll("[^\\w\\- ]", "").replace(' ', '-');
    }

    private static boolean leadsSomewhere(Path from, String link) throws IOException {
        int hash = link.indexOf('#');
        String path = hash < 0 ? link : link.substring(0, hash);
        Path target = path.isEmpty() ? from : from.resolveSibling(path).normalize();
        if (!Files.exists(target)) {
            return false;
        }
        return hash < 0
                || found(HEADING, target).stream()
                        .map(DocumentsTest::anchor)
                        .anyMatch(link.substring(hash + 1)::equals);
    }

    /** Of those that are shipped; whoever reads a name need not look at its package. */
    @Test
    void noTwoClassesHaveOneName() throws IOException {
        Set<String> names = new TreeSet<>();
        List<String> twice = new ArrayList<>();
        for (Path file : files(".java")) {
            String name = file.getFileName().toString();
            boolean isShipped = file.toString().contains(Path.of("src", "main").toString());
            if (isShipped && !name.contains("-info") && !names.add(name)) {
                twice.add(name);
            }
        }
        assertThat(twice).isEmpty();
    }

    @Test
    void linksLeadSomewhere() throws IOException {
        List<Path> documents = new ArrayList<>(files(".md"));
        documents.add(ROOT.resolve("README.md"));
        documents.add(ROOT.resolve("CHANGELOG.md"));
        List<String> dead = new ArrayList<>();
        for (Path document : documents) {
            for (String link : found(LINK, document)) {
                if (!link.startsWith("https://") && !leadsSomewhere(document, link)) {
                    dead.add(ROOT.relativize(document) + ": " + link);
                }
            }
        }

        assertThat(dead).isEmpty();
    }

    @Test
    void classesThatTheArchitectureNamesAreThere() throws IOException {
        Set<String> types = new TreeSet<>(OF_THE_JDK);
        for (Path source : files(".java")) {
            types.addAll(found(TYPE, source));
        }

        assertThat(types).containsAll(found(CLASS_NAME, ROOT.resolve("amqproxy-impl/ARCHITECTURE.md")));
    }

    @Test
    void theGuideHasARowForEachSetting() throws IOException {
        Set<String> rows = found(Pattern.compile("(?m)^\\| `(\\w+)"), GUIDE);
        Set<String> settings = Arrays.stream(AmqProxy.Builder.class.getMethods())
                .map(Method::getName)
                .collect(Collectors.toCollection(TreeSet::new));
        settings.removeAll(Set.of("check", "checkFiles", "start"));

        assertThat(rows).containsAll(settings);
    }

    @Test
    void theGuideNamesEachLimit() throws IOException {
        Set<String> limits = Arrays.stream(ClientLimits.class.getMethods())
                .map(Method::getName)
                .collect(Collectors.toSet());

        assertThat(found(Pattern.compile("`(\\w+)`"), GUIDE)).containsAll(limits);
    }

    @Test
    void theReadmeIsReadInTenMinutes() {
        assertThat(ROOT.resolve("README.md").toFile().length()).isLessThan(README_BYTES);
    }

    @Test
    void theReadmeHasACommandThatShowsTheGainAndOneThatRunsAllTests() throws IOException {
        assertThat(Files.readString(ROOT.resolve("README.md")))
                .contains("```sh\nmvn -q -DskipTests package exec:exec\n```", "```sh\nmvn -B verify\n```");
    }
}
